/** What a simulated person can do, and the command of the core for it. */
export const PERSON_ACTIONS = {
  answer: 'personAnswers',
  decline: 'personDeclines',
  busy: 'personIsBusy',
  leave: 'personLeaves',
  mute: 'personMutes',
  unmute: 'personUnmutes',
  admit: 'personIsAdmitted',
  refuse: 'personIsRefused',
  share: 'personShares',
  unshare: 'personStopsSharing',
} as const
export type PersonAction = keyof typeof PERSON_ACTIONS

/** The location and language of a person, unless the request contains others. */
const DEFAULT_LOCATION = { region: 'westus', languageId: 'en-US' } as const

/** The part of a participantInfo that a directory completes. */
interface Person {
  readonly identity: { readonly kind: string; readonly id: string; readonly displayName?: string }
  readonly region?: string
  readonly languageId?: string
}

/**
 * Adds what a real directory knows of a person: a display name, a region and a language. Bots show the names of
 * participants and fail if one is missing. An application gets no name.
 */
export function addDirectoryDetails<P extends Person>(person: P): P {
  const { identity, region = DEFAULT_LOCATION.region, languageId = DEFAULT_LOCATION.languageId } = person
  const displayName = identity.displayName ?? (identity.kind === 'application' ? undefined : identity.id)
  return { ...person, identity: { ...identity, displayName }, region, languageId }
}

/** What people do when they ring, unless they have a reaction of their own. */
export const DEFAULT_REACTIONS = ['answer', 'wait'] as const

/** What a person can do when they ring; `wait` is until a simulator request. */
export const REACTIONS = [...DEFAULT_REACTIONS, 'decline', 'busy'] as const

/** What a person does when they ring, and how long they ring before they do it. */
export interface Reaction {
  readonly onCall: (typeof REACTIONS)[number]
  readonly afterMs: number
}

export interface Behavior {
  readonly default: (typeof DEFAULT_REACTIONS)[number]
  readonly answerAfterMs: number
  /** The people who do something else. */
  readonly reactions: Pick<Reactions, 'get'>
}

/** Plans what a person does who starts to ring at `now`; undefined when they wait for a simulator request. */
export function planReaction(
  behavior: Behavior,
  personId: string,
  now: number,
): { action: PersonAction; at: number } | undefined {
  const { reactions, default: onCallByDefault, answerAfterMs } = behavior
  const { onCall, afterMs } = reactions.get(personId) ?? { onCall: onCallByDefault, afterMs: answerAfterMs }
  return onCall === 'wait' ? undefined : { action: onCall, at: now + afterMs }
}

/** How many people have reactions of their own: those of the last test runs. The oldest are forgotten. */
const MAX_PEOPLE = 10_000

/** The reactions of single people. They are in the memory of this process, and lost when it ends. */
export class Reactions {
  readonly #reactions = new Map<string, Reaction>()

  set(personId: string, reaction: Reaction): void {
    this.clear(personId)
    const [oldest] = this.#reactions.keys()
    if (this.#reactions.size >= MAX_PEOPLE && oldest !== undefined) this.#reactions.delete(oldest)
    this.#reactions.set(personId.toLowerCase(), reaction)
  }

  clear(personId: string): void {
    this.#reactions.delete(personId.toLowerCase())
  }

  get(personId: string): Reaction | undefined {
    return this.#reactions.get(personId.toLowerCase())
  }
}
