import type { Call, Operation } from '../calls/call.js'
import type { Identity } from '../calls/resources.js'
import type { PhoneCall, PhoneView } from '../inspection/views.js'
import { type SummaryDependencies, summarizeCall } from './callSummaries.js'

/** How many of the newest calls of a person are read. A person in a test has one or two. */
const MAX_CALLS = 10

/** Reads the calls of a person that have not ended, newest first. */
export async function readPhoneView(deps: SummaryDependencies, personId: string): Promise<PhoneView> {
  const callIds = (await deps.callIndex.listCallsOfPerson(personId)).slice(0, MAX_CALLS)
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
  const isThem = ({ id }: Identity) => id.toLowerCase() === personId.toLowerCase()
  const { people } = summarizeCall(record, undefined, undefined)
  const person = people.find(({ identity }) => isThem(identity))
  if (!person || person.state === 'left') return undefined
  const bot = await deps.bots.read(call.applicationId)
  const media = call.operations.filter(({ type }) => type === 'playPrompt' || type === 'recordResponse')
  return {
    callId,
    applicationId: call.applicationId,
    botName: bot?.displayName ?? 'A bot',
    state: person.isOnHold ? 'onHold' : person.state,
    isMuted: person.isMuted,
    otherPeople: people.filter((other) => other !== person).map(({ identity }) => identity),
    prompts: person.state === 'inCall' ? listPrompts(media[0]) : [],
    isRecording: person.state === 'inCall' && media[0]?.recording?.listeningSince !== undefined,
    receivesTones: call.lastToneId !== undefined,
  }
}

/** The prompts that play. Media operations run one after the other, and a recording listens after its prompt. */
function listPrompts(operation: Operation | undefined): PhoneCall['prompts'] {
  if (!operation || operation.recording?.listeningSince !== undefined) return []
  return (operation.prompts ?? []).map(({ mediaInfo, loop = 1 }) => {
    return { operationId: operation.id, uri: mediaInfo.uri, loop }
  })
}

/** Whether the bot has asked the call to play the media at this address, so that it may be fetched for a phone. */
export const hasPrompt = ({ operations }: Call, uri: string): boolean =>
  operations.some(({ prompts = [] }) => prompts.some(({ mediaInfo }) => mediaInfo.uri === uri))
