/** The probability of each fault at every point where it is possible. */
export interface Faults {
  /** A host dies before or after a request that leaves it. */
  readonly crash: number
  /** The storage refuses a request. */
  readonly refused: number
  /** A storage account goes down with this request, and refuses all requests for a while. */
  readonly accountDown: number
  /** The storage executes a request, and its reply is lost. */
  readonly replyLost: number
  /** Another writer is first: the row to replace has another ETag. */
  readonly etagStorm: number
  /** A continuation pauses for longer than a lease. */
  readonly longPause: number
  readonly messageDropped: number
  readonly messageDoubled: number
  readonly messageDelayed: number
  /** The callback answers with an error. */
  readonly callbackFails: number
  /** The callback never answers. */
  readonly callbackHangs: number
  /** The callback answers 410 Gone, so the rest of the call is dead-lettered. */
  readonly callbackGone: number
  readonly callbackSlow: number
  readonly acknowledgementLost: number
  /** The largest error of a host's clock. */
  readonly clockSkewMs: number
}

export const NO_FAULTS: Faults = {
  crash: 0,
  refused: 0,
  accountDown: 0,
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

/** Chooses the faults of one seed: each run has many of some kinds and few of others. */
export function chooseFaults(random: () => number): Faults {
  const upToTwice = (chance: number) => (random() < 0.6 ? chance * random() * 2 : 0)
  return {
    crash: upToTwice(0.006),
    refused: upToTwice(0.02),
    accountDown: upToTwice(0.0015),
    replyLost: upToTwice(0.02),
    etagStorm: random() < 0.2 ? 0.5 : upToTwice(0.05),
    longPause: random() < 0.2 ? 0.02 : upToTwice(0.003),
    messageDropped: random() < 0.2 ? 0.5 : upToTwice(0.1),
    messageDoubled: upToTwice(0.1),
    messageDelayed: upToTwice(0.2),
    callbackFails: upToTwice(0.1),
    callbackHangs: upToTwice(0.03),
    callbackGone: upToTwice(0.04),
    callbackSlow: upToTwice(0.1),
    acknowledgementLost: upToTwice(0.05),
    clockSkewMs: random() < 0.3 ? 40_000 * random() : 1_000 * random(),
  }
}
