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

/** What people do when they ring: they answer after `answerAfterMs`, or wait for a simulator request. */
export const DEFAULT_REACTIONS = ['answer', 'wait'] as const

export interface Behavior {
  readonly default: (typeof DEFAULT_REACTIONS)[number]
  readonly answerAfterMs: number
}

/** Plans the reaction of a person who starts to ring at `now`; undefined when they wait for a simulator request. */
export function planReaction(behavior: Behavior, now: number): { action: PersonAction; at: number } | undefined {
  if (behavior.default === 'wait') return undefined
  return { action: 'answer', at: now + behavior.answerAfterMs }
}
