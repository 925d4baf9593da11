import { randomUUID } from 'node:crypto'
import { APP_HOSTED, actAsPerson, callBody, type Dialect } from '../../../support/scenarios.js'
import { SERVICE_HOSTED, type TestBot, user } from '../../../support/testBot.js'
import { conference, incomingCall, peerToPeerCall, type Scene } from '../../conformance/plays.js'
import type { DocumentedMessage } from './facts.js'
import { buildBody, newPhone } from './requests.js'
import { APPLICATION_INSTANCE, FROM_APPLICATION_INSTANCE } from './sendRequest.js'

const PREFETCH = {
  '@odata.type': '#microsoft.graph.serviceHostedMediaConfig',
  preFetchMedia: [{ uri: 'https://cdn.contoso.com/beep.wav', resourceId: 'beep' }],
}
const ORGANIZER = {
  '@odata.type': '#microsoft.graph.organizerMeetingInfo',
  organizer: { user: { ...user().user, tenantId: 'tenant' } },
  allowConversationWithoutHost: true,
}
const RETARGETED = [{ routingType: 'lookup', original: { phone: { id: newPhone() } }, final: user() }]

/** Calls whose messages have documented properties that the operations alone do not show. */
export const listMoreCalls = (
  documented: readonly DocumentedMessage[],
): readonly ((bot: TestBot, dialect: Dialect) => Promise<unknown>)[] => [
  // A call that the other participant ends, and one to a phone.
  async (bot, dialect) => {
    const { personId } = await peerToPeerCall({ mediaConfig: PREFETCH })(bot, dialect)
    const before = bot.received.length
    await actAsPerson(bot, personId, 'leave')
    await bot.waitFor(before + (dialect.dialect === 'app' ? 2 : 1))
    const targets = [{ identity: { phone: { id: newPhone() } } }]
    await peerToPeerCall({ ...FROM_APPLICATION_INSTANCE, targets, mediaConfig: PREFETCH })(bot, dialect)
  },
  // Reading a call, a meeting and the roster.
  async (bot, dialect) => {
    const meetings = [PREFETCH, APP_HOSTED].map((media) => conference(media, { meetingInfo: ORGANIZER }))
    for (const call of [peerToPeerCall({ mediaConfig: PREFETCH }), ...meetings]) {
      const { ids } = await call(bot, dialect)
      const path = `${dialect.calls}/${ids.callId}`
      const { myParticipantId } = (await bot.request('GET', path)).body
      await bot.request('GET', `${path}/participants`)
      await bot.request('GET', `${path}/participants/${myParticipantId}`)
    }
  },
  // A call that was retargeted, and the invitation into a recording that a policy requires.
  async (bot, dialect) => {
    const { ids } = await incomingCall({ callRoutes: RETARGETED })(bot, dialect)
    await bot.request('GET', `${dialect.calls}/${ids.callId}`)
  },
  (bot, dialect) =>
    incomingCall({
      to: { applicationInstance: { ...APPLICATION_INSTANCE, tenantId: bot.tenantId } },
      meetingInfo: { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' },
      incomingContext: { sourceParticipantId: 'participant', observedParticipantId: 'participant' },
      applicationMetadata: documentedMetadata(documented, { bot, dialect, ids: {}, personId: '', participants: [] }),
    })(bot, dialect),
  // A recording that ends at a key, and one that is canceled.
  async (bot, dialect) => {
    const { ids, personId } = await peerToPeerCall()(bot, dialect)
    const call = `${dialect.calls}/${ids.callId}`
    const before = bot.received.length
    for (const path of [`/simulator/people/${personId}/press`, `${call}/cancelMediaProcessing`]) {
      await bot.request('POST', `${call}/recordResponse`, { stopTones: ['#'], clientContext: 'mine' })
      await bot.request('POST', path, { tone: 'pound' })
    }
    await bot.waitFor(before + 2)
  },
  // One participant who sends to several.
  async (bot, dialect) => {
    const { ids, participants } = await conference()(bot, dialect)
    const group = {
      id: 'multicast',
      routingMode: 'multicast',
      sources: participants.slice(1),
      receivers: participants.slice(0, 1),
    }
    await bot.request('POST', `${dialect.calls}/${ids.callId}/audioRoutingGroups`, group)
  },
  // A bot that is notified of shared screens.
  async (bot, dialect) => {
    const callOptions = {
      '@odata.type': '#microsoft.graph.outgoingCallOptions',
      isContentSharingNotificationEnabled: true,
    }
    const { personId } = await conference(SERVICE_HOSTED, { callOptions })(bot, dialect)
    const before = bot.received.length
    await actAsPerson(bot, personId, 'share')
    await actAsPerson(bot, personId, 'unshare')
    await bot.waitFor(before + (dialect.dialect === 'app' ? 2 : 4))
  },
  // Calls that are refused.
  async (bot, { calls }) => {
    await bot.request('POST', calls, { ...callBody(bot), tenantId: randomUUID() })
    await bot.request('POST', calls, { ...callBody(bot), targets: [{ identity: { phone: { id: newPhone() } } }] })
  },
]

/** The metadata of an application has the form that the application gives it. */
function documentedMetadata(documented: readonly DocumentedMessage[], scene: Scene): object | undefined {
  const shapes = documented.flatMap(({ shape }) => shape.get('value')?.members.get('resourceData')?.members ?? [])
  const metadata = shapes.flatMap((shape) => shape.get('applicationMetadata')?.members ?? [])
  return metadata[0] && buildBody(metadata[0], scene)
}
