import { setTimeout as sleep } from 'node:timers/promises'
import type { PhoneCall } from '../../shared/inspection/views.js'
import type { Client } from '../client.js'
import { ApiError } from '../errors.js'
import { act } from '../people.js'
import { describeExpectation, describeStep, type PlainVerb } from './describe.js'
import { checkExpectation } from './expectations.js'
import { verbOf } from './references.js'
import { DEFAULT_WITHIN, type Expectation, type Step, toMilliseconds, toRequest } from './schema.js'
import { isOnThePhone, type Stage } from './stage.js'

/** How often the service is asked. A person does not notice it, and a local service hardly does. */
const POLL_MS = 50
/** A service that fails, in contrast to one that refuses. */
const FIRST_SERVER_ERROR = 500

/** A step did not do what the scenario says. */
export class StepFailed extends Error {
  /** What came nearest to it. */
  readonly closest: string | undefined
  /** When that was. */
  readonly at: number | undefined
  /** The call that the step is about. */
  readonly callId: string | undefined

  constructor(message: string, { closest, at, callId }: Partial<Pick<StepFailed, 'closest' | 'at' | 'callId'>>) {
    super(message)
    this.name = 'StepFailed'
    this.closest = closest
    this.at = at
    this.callId = callId
  }
}

export interface Play {
  readonly client: Client
  readonly stage: Stage
  /** Ends the scenario. */
  readonly signal: AbortSignal
}

/**
 * Plays one step.
 *
 * @throws StepFailed when an expectation is not met in time, or a person cannot act
 */
export async function playStep(play: Play, step: Step): Promise<void> {
  const { stage, signal } = play
  if (step.after !== undefined) await sleep(toMilliseconds(step.after), undefined, { signal })
  try {
    await actOrWait(play, step)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status >= FIRST_SERVER_ERROR) throw error
    throw new StepFailed(`${describeStep(step)}: ${error.message}`, { callId: stage.callIdOf(undefined) })
  }
  await stage.endStep()
}

async function actOrWait(play: Play, step: Step): Promise<void> {
  const { call, join, press, say, expect } = step
  if (expect) return expectInTime(play, expect)
  if (call) return placeCall(play, call)
  if (join) return joinCall(play, step, join)
  if (press) return actWhenPossible(play, step, { ...press, action: 'press', details: { tone: press.tone } })
  if (say) return actWhenPossible(play, step, { ...say, action: 'say', details: { seconds: say.seconds } })
  const verb = verbOf(step) as PlainVerb
  const { person, ...options } = step[verb] ?? { person: '' }
  return actWhenPossible(play, step, { person, ...options, action: verb })
}

/** Asks until there is a result, or until the deadline. */
async function poll<T>(within: string, signal: AbortSignal, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + toMilliseconds(within)
  for (;;) {
    signal.throwIfAborted()
    // What happens before the deadline counts, also when it is noticed a little later.
    const isLast = performance.now() >= deadline
    const result = await ask()
    if (result !== undefined || isLast) return result
    await sleep(POLL_MS, undefined, { signal })
  }
}

async function expectInTime({ stage, signal }: Play, expectation: Expectation): Promise<void> {
  const { within = DEFAULT_WITHIN, request, call } = expectation
  let closest: string | undefined
  let at: number | undefined
  const met = await poll(within, signal, async () => {
    const outcome = checkExpectation(expectation, await stage.observe(expectation), stage.cast)
    if (outcome.isMet || outcome.isFinal) return outcome
    closest = outcome.closest
    at = outcome.at
    return undefined
  })
  if (met?.isMet) {
    if (met.uses !== undefined) stage.use(met.uses)
    const name = request === undefined ? undefined : toRequest(request).as
    if (name !== undefined && met.callId !== undefined) stage.enterCall(met.callId, name)
    return
  }
  const isAtOnce = expectation.noRefusedRequests === true
  const message = isAtOnce ? 'a request was refused' : `no ${describeExpectation(expectation)} within ${within}`
  throw new StepFailed(message, {
    closest: met?.closest ?? closest,
    at: met?.at ?? at,
    callId: stage.callIdOf(call),
  })
}

async function placeCall({ client, stage }: Play, { from, to, subject, modalities, as }: NonNullable<Step['call']>) {
  const { id, name } = stage.personOf(from)
  const placed = await client.post<{ id: string }>('/simulator/calls', {
    to: {
      application: { id: stage.applicationId },
      ...(to !== undefined && { applicationInstance: { id: to, displayName: to } }),
    },
    from: { user: { id, displayName: name } },
    ...(subject !== undefined && { subject }),
    ...(modalities && { requestedModalities: modalities }),
  })
  stage.enterCall(placed.id, as)
}

async function joinCall(
  { client, stage, signal }: Play,
  step: Step,
  { person, lobby, call, within = DEFAULT_WITHIN }: NonNullable<Step['join']>,
): Promise<void> {
  let closest = 'the bot has no call'
  const callId = await poll(within, signal, async () => {
    await stage.listCalls()
    const id = stage.callIdOf(call)
    if (id === undefined) return undefined
    const { state } = await stage.readCall(id)
    closest = `the call is ${state}`
    return state === 'established' ? id : undefined
  })
  if (callId === undefined) {
    throw new StepFailed(`${describeStep(step)}: not possible within ${within}`, {
      closest,
      callId: stage.callIdOf(call),
    })
  }
  const { id, name } = stage.personOf(person)
  const identity = { user: { id, displayName: name } }
  await client.post(`/simulator/calls/${callId}/participants`, { identity, ...(lobby && { isInLobby: true }) })
}

type Action = PlainVerb | 'press' | 'say'

interface PersonAct {
  readonly action: Action
  readonly person: string
  readonly call?: string | undefined
  readonly within?: string | undefined
  /** The properties of the body besides those that name the person and the call. */
  readonly details?: Parameters<typeof act>[3]
}

/** Lets a person act as soon as that has an effect: a key before the bot listens to tones would be lost. */
async function actWhenPossible({ client, stage, signal }: Play, step: Step, personAct: PersonAct): Promise<void> {
  const { person, action, call, within = DEFAULT_WITHIN, details } = personAct
  const { id } = stage.personOf(person)
  let phone: readonly PhoneCall[] = []
  const found = await poll(within, signal, async () => {
    phone = await stage.readPhone(id, call)
    return phone.find((candidate) => isPossible(action, candidate))
  })
  if (!found) {
    throw new StepFailed(`${describeStep(step)}: not possible within ${within}`, {
      closest: describePhone(person, action, phone),
      callId: phone[0]?.callId ?? stage.callIdOf(call),
    })
  }
  await act(client, { personId: id, callId: found.callId }, action, details)
}

function isPossible(action: Action, { state, receivesTones, isRecording }: PhoneCall): boolean {
  switch (action) {
    case 'answer':
    case 'decline':
    case 'busy':
      return state === 'ringing'
    case 'admit':
    case 'refuse':
      return state === 'inLobby'
    case 'press':
      return isOnThePhone(state) && (receivesTones || isRecording)
    case 'say':
      return isOnThePhone(state) && isRecording
    case 'leave':
      return state !== 'ringing'
    default:
      return isOnThePhone(state)
  }
}

const STATE_WORDS: Readonly<Record<PhoneCall['state'], string>> = {
  calling: 'waits for the bot to answer',
  ringing: 'rings',
  inLobby: 'is in the lobby',
  inCall: 'is in the call',
  onHold: 'is on hold',
}

function describePhone(person: string, action: Action, [call]: readonly PhoneCall[]): string {
  if (!call) return `${person} is in no call with the bot`
  const words = `${person} ${STATE_WORDS[call.state]}`
  if (!isOnThePhone(call.state)) return words
  if (action === 'press') return `${words}, but the bot has not subscribed to tones and does not record`
  return action === 'say' ? `${words}, but the bot does not record` : words
}
