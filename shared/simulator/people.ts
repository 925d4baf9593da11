/** What somebody can be made to do, and the command of the core that says so. */
export const personActions = {
  answer: 'personAnswers',
  decline: 'personDeclines',
  busy: 'personIsBusy',
  leave: 'personLeaves',
} as const
export type PersonAction = keyof typeof personActions

/** Where every simulated person lives, unless the bot says otherwise. */
export const HOME = { region: 'westus', languageId: 'en-US' } as const

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
