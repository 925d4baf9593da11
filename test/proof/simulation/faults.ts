/** Everything that can go wrong, and how often: a chance each time that it could. */
export interface Faults {
  /** A host dies before, or after, any request that leaves it. */
  readonly crash: number
  /** The storage refuses, or does it and its reply is lost. */
  readonly refused: number
  readonly replyLost: number
  /** Again and again somebody else is faster: the row that is to be replaced has another ETag. */
  readonly etagStorm: number
  /** A continuation stands still for longer than any lease. */
  readonly longPause: number
  readonly messageDropped: number
  readonly messageDoubled: number
  readonly messageDelayed: number
  /** The callback answers with an error, does not answer, is slow, or its acknowledgement is lost. */
  readonly callbackFails: number
  readonly callbackHangs: number
  /** The callback says that it is gone for good, and the rest of the call is dead-lettered. */
  readonly callbackGone: number
  readonly callbackSlow: number
  readonly acknowledgementLost: number
  /** By how much the clock of a host may be wrong. */
  readonly clockSkewMs: number
}

export const NO_FAULTS: Faults = {
  crash: 0,
  refused: 0,
  replyLost: 0,
  etagStorm: 0,
  longPause: 0,
  messageDropped: 0,
  messageDoubled: 0,
  messageDelayed: 0,
  callbackFails: 0,
  callbackHangs: 0,
  callbackGone: 0,
  callbackSlow: 0,
  acknowledgementLost: 0,
  clockSkewMs: 0,
}

/** What a seed has in store: each run is rich in some kinds and poor in others. */
export function faultsOf(random: () => number): Faults {
  const some = (chance: number) => (random() < 0.6 ? chance * random() * 2 : 0)
  return {
    crash: some(0.006),
    refused: some(0.02),
    replyLost: some(0.02),
    etagStorm: random() < 0.2 ? 0.5 : some(0.05),
    longPause: random() < 0.2 ? 0.02 : some(0.003),
    messageDropped: random() < 0.2 ? 0.5 : some(0.1),
    messageDoubled: some(0.1),
    messageDelayed: some(0.2),
    callbackFails: some(0.1),
    callbackHangs: some(0.03),
    callbackGone: some(0.04),
    callbackSlow: some(0.1),
    acknowledgementLost: some(0.05),
    clockSkewMs: random() < 0.3 ? 40_000 * random() : 1_000 * random(),
  }
}
