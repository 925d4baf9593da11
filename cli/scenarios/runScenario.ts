import { toDiagram } from '../../shared/inspection/diagram.js'
import { renderLadder } from '../../shared/inspection/ladder.js'
import type { PersonOfCall, PhoneView } from '../../shared/inspection/views.js'
import type { FaultList } from '../../shared/simulator/faults.js'
import type { Client } from '../client.js'
import { act } from '../people.js'
import { describeStep } from './describe.js'
import { playStep, StepFailed } from './playStep.js'
import type { ReadScenario } from './readScenario.js'
import { verbOf } from './references.js'
import { DEFAULT_ANSWER_AFTER, type Scenario, toMilliseconds } from './schema.js'
import type { Place } from './source.js'
import { Stage } from './stage.js'

/** A step that has passed. */
export interface PassedStep {
  readonly text: string
  readonly place: Place
  readonly durationMs: number
}

/** Why a scenario failed: an expectation that was not met, a person who could not act, or a fault that never applied. */
export interface Failure {
  readonly message: string
  readonly place: Place
  /** What came nearest, with its time in the ladder. */
  readonly closest?: string
  /** The call as text. */
  readonly ladder?: string
}

export interface RunOptions {
  readonly client: Client
  /** The seed of the random numbers of the faults. */
  readonly seed: number
  readonly signal: AbortSignal
  readonly onStep: (step: PassedStep) => void
}

/**
 * Plays a scenario against a running service, and removes its faults and people at the end.
 *
 * @returns what has failed; nothing when the scenario has passed
 * @throws CommandError when the service cannot be reached, or refuses the bot
 */
export async function runScenario(read: ReadScenario, options: RunOptions): Promise<readonly Failure[]> {
  const { client } = options
  const stage = await Stage.open(client, read.scenario)
  try {
    await prepare(client, stage, read.scenario, options.seed)
    return (await playSteps(read, stage, options)) ?? (await findUnfiredFaults(read, stage, client))
  } finally {
    await cleanUp(client, stage, read.scenario)
  }
}

async function prepare(client: Client, stage: Stage, { people, faults = [] }: Scenario, seed: number): Promise<void> {
  for (const [key, { onCall = 'answer', after = DEFAULT_ANSWER_AFTER }] of Object.entries(people)) {
    const userId = stage.personOf(key).id
    await client.put('/simulator/people/-/reaction', { userId, onCall, afterMs: Math.round(toMilliseconds(after)) })
  }
  if (faults.length > 0) await client.put(faultsPath(stage), { seed, faults })
}

const faultsPath = ({ applicationId }: Stage): string => `/simulator/faults/${applicationId}`

async function playSteps(
  { scenario, source }: ReadScenario,
  stage: Stage,
  { client, signal, onStep }: RunOptions,
): Promise<readonly Failure[] | undefined> {
  for (const [index, step] of scenario.steps.entries()) {
    const place = source.placeOfKey(['steps', index, verbOf(step)])
    const startedAt = performance.now()
    try {
      await playStep({ client, stage, signal }, step)
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error
      return [await describeFailure(stage, error, place)]
    }
    onStep({ text: describeStep(step), place, durationMs: Math.round(performance.now() - startedAt) })
  }
  return undefined
}

/** A person of the scenario as one who has left the call. */
const absentPerson = ({ id, name }: { readonly id: string; readonly name: string }): PersonOfCall => ({
  identity: { kind: 'user', id, displayName: name },
  participantId: '',
  state: 'left',
  isMuted: false,
  isSharing: false,
  isOnHold: false,
  modalities: [],
})

async function describeFailure(stage: Stage, error: StepFailed, place: Place): Promise<Failure> {
  const { message, closest, at, callId } = error
  if (callId === undefined) return { message, place, ...(closest !== undefined && { closest }) }
  const call = await stage.readCall(callId)
  // The call no longer knows those who have left it.
  const people = [...call.people, ...Object.values(stage.cast).map(absentPerson)]
  const diagram = toDiagram(call.entries, { ...call, people })
  const startedAt = diagram.rows[0]?.at
  const time = at === undefined || startedAt === undefined ? '' : ` at ${((at - startedAt) / 1_000).toFixed(3)}`
  return {
    message,
    place,
    ...(closest !== undefined && { closest: `${closest}${time}` }),
    ladder: renderLadder(diagram),
  }
}

/** A fault that has not applied did not test the bot. */
async function findUnfiredFaults(
  { scenario, source }: ReadScenario,
  stage: Stage,
  client: Client,
): Promise<readonly Failure[]> {
  if (!scenario.faults?.length) return []
  const { faults } = await client.get<FaultList>(faultsPath(stage))
  return faults.flatMap(({ on, effect, fired }, index): Failure[] => {
    if (fired > 0) return []
    return [{ message: `the fault ${effect} on ${on} never applied`, place: source.placeOf(['faults', index]) }]
  })
}

/** The scenario has its result, so what cannot be removed is left alone. */
async function cleanUp(client: Client, stage: Stage, { faults = [] }: Scenario): Promise<void> {
  if (faults.length > 0) await client.delete(faultsPath(stage)).catch(ignore)
  for (const { id } of Object.values(stage.cast)) {
    const query = new URLSearchParams({ userId: id })
    await client.delete(`/simulator/people/-/reaction?${query}`).catch(ignore)
    await hangUp(client, stage, id).catch(ignore)
  }
}

/** People hang up, because otherwise a call could go on for 45 minutes (KEEP_ALIVE_TIMEOUT_MS). */
async function hangUp(client: Client, stage: Stage, userId: string): Promise<void> {
  const [phone, callIds] = await Promise.all([
    client.get<PhoneView>(`/inspector/people/-?${new URLSearchParams({ userId })}`),
    stage.listCalls(),
  ])
  for (const { callId, state } of phone.calls.filter((call) => callIds.includes(call.callId))) {
    const action = state === 'ringing' ? 'decline' : 'leave'
    await act(client, { personId: userId, callId }, action).catch(ignore)
  }
}

const ignore = (): void => undefined
