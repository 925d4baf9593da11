/** What somebody can be made to do, and the command of the core that says so. */
export const personActions = {
  answer: 'personAnswers',
  decline: 'personDeclines',
  busy: 'personIsBusy',
  leave: 'personLeaves',
  mute: 'personMutes',
  unmute: 'personUnmutes',
} as const
export type PersonAction = keyof typeof personActions

/** Where everybody is at home, unless somebody says otherwise. */
const HOME = { region: 'westus', languageId: 'en-US' } as const

/** What a directory would know: bots show the names of people and fail on one that is missing. */
export function describe<P extends Person>(person: P): P {
  const { identity, region = HOME.region, languageId = HOME.languageId } = person
  const displayName = identity.displayName ?? (identity.kind === 'application' ? undefined : identity.id)
  return { ...person, identity: { ...identity, displayName }, region, languageId }
}

interface Person {
  readonly identity: { readonly kind: string; readonly id: string; readonly displayName?: string }
  readonly region?: string
  readonly languageId?: string
}

/** How the people behave who are not moved by hand. */
export interface Behaviour {
  /** `answer`: they pick up after a short ring. `wait`: they do nothing. */
  readonly default: 'answer' | 'wait'
  readonly answerAfterMs: number
}

/** What a person does by themselves when their phone begins to ring at `now`; undefined when they wait to be moved. */
export function reaction(behaviour: Behaviour, now: number): { action: PersonAction; at: number } | undefined {
  if (behaviour.default === 'wait') return undefined
  return { action: 'answer', at: now + behaviour.answerAfterMs }
}
