import { EXPECTATIONS, type Expectation, type Scenario, type Step, VERBS, type Verb } from './schema.js'
import type { Path } from './source.js'

// What the schema of a scenario cannot say: a step has one verb, and names only what exists.

interface Wrong {
  readonly path: Path
  readonly message: string
}

/** The verbs that a step has: one in a valid scenario. */
const verbsOf = (step: Step): Verb[] => VERBS.filter((verb) => step[verb] !== undefined)

/** The verb of a step of a valid scenario. */
export const verbOf = (step: Step): Verb => verbsOf(step)[0] ?? 'expect'

/** What an expectation is about: one of them in a valid scenario. */
const kindsOf = (expectation: Expectation) => EXPECTATIONS.filter((kind) => expectation[kind] !== undefined)

/** Finds the steps that have no verb or several, and those that name a person or a call that does not exist. */
export function findWrongReferences({ people, steps }: Scenario): Wrong[] {
  const calls = new Set<string>()
  return steps.flatMap((step, index) => {
    const wrong = [...checkVerbs(step), ...checkPeople(step, people), ...checkCalls(step, calls)]
    return wrong.map(({ path, message }) => ({ path: ['steps', index, ...path], message }))
  })
}

function checkVerbs(step: Step): Wrong[] {
  const verbs = verbsOf(step)
  if (verbs.length !== 1) return [{ path: [], message: describeCount('a verb', VERBS, verbs) }]
  if (!step.expect) return []
  const kinds = kindsOf(step.expect)
  if (kinds.length !== 1) return [{ path: ['expect'], message: describeCount('an expectation', EXPECTATIONS, kinds) }]
  return checkNotification(step.expect)
}

const describeCount = (what: string, all: readonly string[], found: readonly string[]): string =>
  found.length === 0 ? `needs ${what}: ${all.join(', ')}` : `must have one, but has ${found.join(' and ')}`

function checkNotification({ notification }: Expectation): Wrong[] {
  if (typeof notification !== 'object' || notification.what !== undefined || notification.sequence !== undefined) {
    return []
  }
  return [{ path: ['expect', 'notification'], message: 'needs what or sequence' }]
}

function checkPeople(step: Step, people: Scenario['people']): Wrong[] {
  return namedPeople(step)
    .filter(({ name }) => !Object.hasOwn(people, name))
    .map(({ path, name }) => ({ path, message: `${name} is not one of the people: ${Object.keys(people).join(', ')}` }))
}

interface Named {
  readonly path: Path
  readonly name: string
}

function namedPeople(step: Step): Named[] {
  const verb = verbOf(step)
  if (step.call) return [{ path: ['call', 'from'], name: step.call.from }]
  if (step.expect) {
    const { participants = [], lobby = [] } = step.expect
    return [
      ...participants.map((name, index) => ({ path: ['expect', 'participants', index], name })),
      ...lobby.map((name, index) => ({ path: ['expect', 'lobby', index], name })),
    ]
  }
  const details = step[verb]
  return details && 'person' in details ? [{ path: [verb, 'person'], name: details.person }] : []
}

/** Adds the name that a step gives to a call to `calls`. */
function checkCalls(step: Step, calls: Set<string>): Wrong[] {
  const verb = verbOf(step)
  const details = step[verb]
  const used = details && 'call' in details && details.call !== undefined ? details.call : undefined
  const unknown =
    used !== undefined && !calls.has(used)
      ? [{ path: [verb, 'call'], message: `no earlier step has named a call ${used} with as` }]
      : []
  const named = nameOfCall(step)
  if (!named) return unknown
  const twice = calls.has(named.name) ? [{ path: named.path, message: `another call is named ${named.name}` }] : []
  calls.add(named.name)
  return [...unknown, ...twice]
}

/** The name that a step gives to a call. */
function nameOfCall({ call, expect }: Step): Named | undefined {
  if (call?.as !== undefined) return { path: ['call', 'as'], name: call.as }
  const request = expect?.request
  if (typeof request !== 'object' || request.as === undefined) return undefined
  return { path: ['expect', 'request', 'as'], name: request.as }
}
