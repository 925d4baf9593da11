import type { Call, Operation } from '../calls/call.js'
import { unfinishedMedia } from '../calls/mediaQueue.js'
import { isSameId } from '../calls/updates.js'
import { redactText } from '../inspection/redact.js'
import type { PhoneCall, PhoneView } from '../inspection/views.js'
import { listPeople, type SummaryDependencies } from './callSummaries.js'

/** Reads the calls of a person that have not ended, newest first. */
export async function readPhoneView(deps: SummaryDependencies, personId: string): Promise<PhoneView> {
  const callIds = await deps.callIndex.listCallsOfPerson(personId)
  const calls = await Promise.all(callIds.map((callId) => readPhoneCall(deps, callId, personId)))
  return { calls: calls.filter((call) => call !== undefined) }
}

async function readPhoneCall(
  deps: SummaryDependencies,
  callId: string,
  personId: string,
): Promise<PhoneCall | undefined> {
  const { record } = await deps.calls.read(callId)
  if (!record || record.call.state === 'terminated') return undefined
  const { call } = record
  const people = listPeople(call)
  const person = people.find(({ identity }) => isSameId(identity.id, personId))
  if (!person || person.state === 'left') return undefined
  const bot = await deps.bots.read(call.applicationId)
  const [media] = unfinishedMedia(call)
  const legs = await readLegs(deps, call)
  return {
    callId,
    applicationId: call.applicationId,
    botName: bot?.displayName ?? 'A bot',
    state: person.isOnHold ? 'onHold' : person.state,
    isMuted: person.isMuted,
    otherPeople: people.filter((other) => other !== person).map(({ identity }) => identity),
    prompts: person.state === 'inCall' ? listPrompts(media) : [],
    isRecording: person.state === 'inCall' && media?.recording?.listeningSince !== undefined,
    legCallIds: legs.map(({ id }) => id),
    receivesTones: [call, ...legs].some(({ lastToneId }) => lastToneId !== undefined),
  }
}

/** The calls of the other applications in the conversation: they hear the tones too. */
async function readLegs({ calls }: SummaryDependencies, { legs = [] }: Call): Promise<Call[]> {
  const read = await Promise.all(legs.map(({ callId }) => calls.read(callId)))
  return read.flatMap(({ record }) => record?.call ?? [])
}

/** The prompts that play. Media operations run one after the other, and a recording listens after its prompt. */
function listPrompts(operation: Operation | undefined): PhoneCall['prompts'] {
  if (!operation || operation.recording?.listeningSince !== undefined) return []
  return (operation.prompts ?? []).map(({ mediaInfo, loop = 1 }, index) => {
    return { operationId: operation.id, index, uri: redactText(mediaInfo.uri), loop }
  })
}

/** The address of a prompt that plays or waits; undefined if the call has no such prompt. */
export const findPromptUri = ({ operations }: Call, operationId: string, index: number): string | undefined =>
  operations.find(({ id }) => id === operationId)?.prompts?.[index]?.mediaInfo.uri
