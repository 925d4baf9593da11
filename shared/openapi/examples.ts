import type { Call, CallEvent, Operation, RuleContext } from '../calls/call.js'
import type { Command, CommandType } from '../calls/commands.js'
import type { DialectName, ParticipantInfo } from '../calls/resources.js'
import { decide, decideCreation } from '../calls/rules.js'
import { type EndedCall, renderRecord } from '../graph/callRecords.js'
import { dialects } from '../graph/dialects/dialects.js'

// The examples of calls and notifications come from the rules of a call and from the dialects.

const BOT = { kind: 'application', id: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11', displayName: 'My bot' } as const
const TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const CALLBACK = 'https://bot.contoso.com/api/calls'
const person = (id: string, displayName: string): ParticipantInfo => ({ identity: { kind: 'user', id, displayName } })
const MEGAN = person('8a34a46b-3d17-4adc-8dce-dc4e7d572698', 'Megan Bowen')
const HEIDI = person('550fae72-d251-43ec-868c-373732c2704f', 'Heidi Steen')
const START = Date.parse('2026-01-31T09:30:00Z')
const MEDIA = { type: 'serviceHosted' } as const

/** What happens in the example: a call that becomes a group call, and a call that is transferred. */
const ANSWERED: readonly Command[] = [
  {
    type: 'answer',
    acceptedModalities: ['audio'],
    mediaConfig: MEDIA,
    callOptions: { isContentSharingNotificationEnabled: true },
  },
  { type: 'subscribeToTone' },
  { type: 'personPresses', personId: MEGAN.identity.id, tone: 'tone1' },
  { type: 'invite', participants: [HEIDI], clientContext: 'order 17' },
  { type: 'personAnswers', personId: HEIDI.identity.id },
  { type: 'personShares', personId: HEIDI.identity.id },
  { type: 'hangUp' },
]
const TRANSFERRED: readonly Command[] = [
  { type: 'answer', acceptedModalities: ['audio'], mediaConfig: MEDIA },
  { type: 'transfer', target: HEIDI },
  { type: 'personAnswers', personId: HEIDI.identity.id },
]

interface Played {
  readonly events: readonly CallEvent[]
  /** The call before its last command, and the operations that it has started. */
  readonly call: Call
  /** The call after its last command, and when that was. */
  readonly ended: EndedCall
  readonly operations: readonly Operation[]
}

function play(number: number, commands: readonly Command[]): Played {
  let count = 0
  const newId = () => `0000000${number}-0000-4000-8000-${String(++count).padStart(12, '0')}`
  const contextAt = (second: number): RuleContext => ({
    now: START + second * 1000,
    newId,
    answerTimeoutMs: 15_000,
    ringTimeoutMs: 25_000,
    promptDurationMs: 500,
    keepAliveTimeoutMs: 2_700_000,
    addDirectoryDetails: (info) => info,
  })
  const created = decideCreation<'incoming'>(
    {
      type: 'incoming',
      id: newId(),
      applicationId: BOT.id,
      tenantId: TENANT,
      callbackUri: CALLBACK,
      from: MEGAN,
      to: BOT,
      requestedModalities: ['audio'],
    },
    contextAt(0),
  )
  const played = { events: [...created.events], call: created.call, operations: [...created.operations] }
  let { call } = created
  for (const [index, command] of commands.entries()) {
    const decision = decide<CommandType>(call, command, contextAt(index + 1))
    played.events.push(...decision.events)
    played.operations.push(...decision.operations)
    if (decision.call.state === 'established') played.call = decision.call
    call = decision.call
  }
  return { ...played, ended: { call, endedAt: contextAt(commands.length).now } }
}

const withoutUndefined = (value: object | undefined): unknown => JSON.parse(JSON.stringify(value ?? {}))

/** Examples of the notifications of a dialect: the first one of each kind of event. */
export function notificationExamples(dialect: DialectName): readonly { name: string; value: unknown }[] {
  const events = [...play(1, ANSWERED).events, ...play(2, TRANSFERRED).events]
  const kinds = new Map<string, unknown>()
  for (const event of events) {
    for (const [index, body] of dialects[dialect].renderEvent(event).entries()) {
      const name = index === 0 ? event.type : `${event.type}${index + 1}`
      if (!kinds.has(name)) kinds.set(name, withoutUndefined(body))
    }
  }
  return [...kinds].map(([name, value]) => ({ name, value }))
}

/** Examples of resources, by the names of their schemas. */
export function resourceExamples(): Readonly<Record<string, unknown>> {
  const { call, operations } = play(1, ANSWERED)
  const { ended } = play(2, TRANSFERRED)
  const [participant] = call.participants
  const operation = operations.find(({ type }) => type === 'inviteParticipants')
  if (!participant || !operation) throw new Error('expected the example to have a participant and an invitation')
  const group = {
    id: 'from-the-interpreter',
    routingMode: 'oneToOne',
    sources: [participant.id],
    receivers: [],
    version: 1,
  } as const
  const expansion = { sessions: true, segments: true, participants: true }
  const of = ({ body }: { readonly body?: object }) => withoutUndefined(body)
  const { app, communications } = dialects
  return {
    call: of(communications.replyToGetCall(call)),
    appCall: of(app.replyToGetCall(call)),
    participant: of(communications.replyToGetParticipant(call, participant)),
    appParticipant: of(app.replyToGetParticipant(call, participant)),
    commsOperation: of(communications.replyToGetOperation(call, operation)),
    appCommsOperation: of(app.replyToGetOperation(call, operation)),
    appBareOperation: of(app.replyToInvite(call, operation)),
    callRecord: withoutUndefined(renderRecord(ended, [], expansion)),
    audioRoutingGroup: of(communications.replyToGetAudioRoutingGroup(call, group)),
    appAudioRoutingGroup: of(app.replyToGetAudioRoutingGroup(call, group)),
    error: {
      error: {
        code: '8522',
        message: 'Call not found.',
        innerError: {
          date: '2026-01-31T09:30:00',
          'request-id': '6e1b3b9e-9b0e-4f6f-8f5a-2a1c7d6e5f40',
          'client-request-id': '6e1b3b9e-9b0e-4f6f-8f5a-2a1c7d6e5f40',
        },
      },
    },
  }
}
