import { randomUUID } from 'node:crypto'
import type { DocumentedOperation } from '../../support/documentedOperations.js'
import {
  ANSWER,
  APP_HOSTED,
  APP2019,
  actAsPerson,
  callBody,
  create,
  type Dialect,
  establishedWithAudio,
  hangUpOf,
  lastId,
} from '../../support/scenarios.js'
import { meetingBody, SERVICE_HOSTED, type TestBot, type TestReply, user } from '../../support/testBot.js'

// How to try each documented operation: what happens before it, its body, and what simulated people do after it.

/** A call in which an operation is tried. */
export interface Scene {
  readonly bot: TestBot
  readonly dialect: Dialect
  /** The values of the parameters in the paths of operations. */
  readonly ids: Record<string, string>
  /** The only other participant of a peer-to-peer call. */
  readonly personId: string
  /** The other participants of a conference, as the roster spells their ids. */
  readonly participants: readonly string[]
}

export interface Play {
  readonly arrange: (bot: TestBot, dialect: Dialect) => Promise<Scene>
  readonly body?: (scene: Scene) => object
  /** What a simulated person does after the operation, if the documented notification reports that. */
  readonly afterwards?: (scene: Scene) => Promise<unknown>
}

const newScene = (bot: TestBot, dialect: Dialect, scene: Partial<Scene> = {}): Scene => ({
  bot,
  dialect,
  ids: {},
  personId: randomUUID(),
  participants: [],
  ...scene,
})

const noCall = async (bot: TestBot, dialect: Dialect) => newScene(bot, dialect)

/** A call to the bot from a person, which the bot has not answered. */
export const incomingCall =
  (request: { readonly to?: object; readonly [property: string]: unknown } = {}) =>
  async (bot: TestBot, dialect: Dialect): Promise<Scene> => {
    await bot.register(dialect.dialect)
    const personId = randomUUID()
    const to = { application: { id: bot.applicationId }, ...request.to }
    const reply = await bot.request('POST', '/simulator/calls', { from: user(personId), ...request, to })
    await bot.waitFor(1)
    return newScene(bot, dialect, { personId, ids: { callId: dialect.spell(reply.body.id) } })
  }

/** An established call from the bot to a person. */
export const peerToPeerCall =
  (more: object = {}) =>
  async (bot: TestBot, dialect: Dialect): Promise<Scene> => {
    const [personId, before] = [randomUUID(), bot.received.length]
    const call = await create(bot, dialect, { ...callBody(bot, personId), ...more })
    await bot.waitFor(before + 1 + establishedWithAudio(dialect).length)
    return newScene(bot, dialect, { personId, ids: { callId: lastId(call) } })
  }

/** A meeting of the bot and two people. */
export const conference =
  (mediaConfig: object = SERVICE_HOSTED, more: object = {}) =>
  async (bot: TestBot, dialect: Dialect): Promise<Scene> => {
    const body = { ...meetingBody(bot.callbackUri), requestedModalities: ['audio'], mediaConfig, ...more }
    const established = bot.received.length + 2 + establishedWithAudio(dialect).length
    const callId = lastId(await create(bot, dialect, body))
    await bot.waitFor(established)
    const personId = randomUUID()
    const participants: string[] = []
    for (const id of [personId, randomUUID()]) {
      const reply = await bot.request('POST', `/simulator/calls/${callId}/participants`, { identity: user(id) })
      participants.push(dialect.spell(reply.body.id))
    }
    await bot.waitFor(established + participants.length)
    return newScene(bot, dialect, { personId, participants, ids: { callId, participantId: participants[0] ?? '' } })
  }

/** Sends another request of the bot before the operation. */
const after =
  (
    arrange: Play['arrange'],
    request: (scene: Scene) => readonly [method: string, path: string, body?: object],
    notifications: number,
  ): Play['arrange'] =>
  async (bot, dialect) => {
    const scene = await arrange(bot, dialect)
    const before = bot.received.length
    const [method, path, body] = request(scene)
    const reply = await bot.request(method, `${dialect.calls}/${scene.ids.callId}${path}`, body)
    await bot.waitFor(before + notifications)
    return { ...scene, ids: { ...scene.ids, operationId: reply.body.id } }
  }

const PROMPTS = { prompts: [{ mediaInfo: { uri: 'https://cdn.contoso.com/beep.wav' } }] }
const MINE = { clientContext: 'mine' }
const mine = () => MINE
const recording = () => ({ stopTones: ['#'], ...MINE })
const press =
  (tone: string) =>
  ({ bot, personId }: Scene) =>
    bot.request('POST', `/simulator/people/${personId}/press`, { tone })

const routingGroup = ({ participants: [source, receiver] }: Scene) => ({
  id: 'oneToOne',
  routingMode: 'oneToOne',
  sources: [source],
  receivers: [receiver],
})

async function withRoutingGroup(bot: TestBot, dialect: Dialect): Promise<Scene> {
  const request = (scene: Scene) => ['POST', '/audioRoutingGroups', routingGroup(scene)] as const
  const scene = await after(conference(), request, 0)(bot, dialect)
  return { ...scene, ids: { ...scene.ids, groupId: 'oneToOne' } }
}

async function withContentSharing(bot: TestBot, dialect: Dialect): Promise<Scene> {
  const scene = await conference()(bot, dialect)
  const before = bot.received.length
  await actAsPerson(bot, scene.personId, 'share')
  await bot.waitFor(before + 1)
  const { value } = (await bot.request('GET', `${dialect.calls}/${scene.ids.callId}/contentSharingSessions`)).body
  return { ...scene, ids: { ...scene.ids, sessionId: value[0].id } }
}

/** The keys are the method and the path of the operation below `calls`. */
const plays: Readonly<Record<string, Play>> = {
  'POST ': { arrange: noCall, body: ({ bot }) => callBody(bot) },
  'GET /{callId}': { arrange: peerToPeerCall() },
  'DELETE /{callId}': { arrange: peerToPeerCall() },
  'POST /{callId}/keepAlive': { arrange: peerToPeerCall() },
  'POST /{callId}/answer': { arrange: incomingCall(), body: () => ({ ...ANSWER, ...MINE }) },
  'POST /{callId}/reject': { arrange: incomingCall(), body: () => ({ reason: 'busy' }) },
  'POST /{callId}/redirect': { arrange: incomingCall(), body: () => ({ targets: [{ identity: user() }] }) },
  'POST /{callId}/transfer': { arrange: peerToPeerCall(), body: () => ({ transferTarget: { identity: user() } }) },
  'POST /{callId}/unmute': { arrange: after(conference(), () => ['POST', '/mute'], 1), body: mine },
  'POST /{callId}/changeScreenSharingRole': { arrange: conference(APP_HOSTED), body: () => ({ role: 'sharer' }) },
  'POST /{callId}/updateMetadata': { arrange: conference(), body: () => ({ metadata: 'x', ...MINE }) },
  'POST /{callId}/updateRecordingStatus': { arrange: conference(), body: () => ({ status: 'recording', ...MINE }) },
  'POST /{callId}/playPrompt': { arrange: peerToPeerCall(), body: () => ({ ...PROMPTS, ...MINE }) },
  'POST /{callId}/recordResponse': { arrange: peerToPeerCall(), body: recording, afterwards: press('pound') },
  'POST /{callId}/record': { arrange: peerToPeerCall(), body: recording, afterwards: press('pound') },
  'POST /{callId}/subscribeToTone': {
    arrange: peerToPeerCall(),
    body: mine,
    afterwards: press('tone1'),
  },
  'POST /{callId}/sendDtmfTones': { arrange: peerToPeerCall(), body: () => ({ tones: ['tone1'], ...MINE }) },
  'POST /{callId}/cancelMediaProcessing': {
    arrange: after(
      peerToPeerCall(),
      () => ['POST', '/playPrompt', { prompts: PROMPTS.prompts.map((prompt) => ({ ...prompt, loop: 0 })) }],
      0,
    ),
    body: mine,
  },
  'GET /{callId}/operations/{operationId}': {
    arrange: after(conference(), () => ['POST', '/addLargeGalleryView', MINE], 1),
  },
  'POST /logTeleconferenceDeviceQuality': { arrange: noCall, body: deviceQuality },
  'POST /{callId}/participants/invite': {
    arrange: conference(),
    body: () => ({ participants: [{ identity: user() }], ...MINE }),
  },
  'POST /{callId}/participants/{participantId}/stopHoldMusic': {
    arrange: after(conference(), ({ ids }) => ['POST', `/participants/${ids.participantId}/startHoldMusic`, MINE], 1),
    body: mine,
  },
  'POST /{callId}/participants/configureMixer': {
    arrange: conference(),
    body: ({ participants: [participant] }) => ({ participantMixerLevels: [{ participant }], ...MINE }),
  },
  'POST /{callId}/audioRoutingGroups': { arrange: conference(), body: routingGroup },
  'GET /{callId}/audioRoutingGroups': { arrange: withRoutingGroup },
  'GET /{callId}/audioRoutingGroups/{groupId}': { arrange: withRoutingGroup },
  'PATCH /{callId}/audioRoutingGroups/{groupId}': { arrange: withRoutingGroup, body: routingGroup },
  'DELETE /{callId}/audioRoutingGroups/{groupId}': { arrange: withRoutingGroup },
  'GET /{callId}/contentSharingSessions': { arrange: withContentSharing },
  'GET /{callId}/contentSharingSessions/{sessionId}': { arrange: withContentSharing },
}

function deviceQuality() {
  const ids = { callChainId: randomUUID(), participantId: randomUUID(), mediaLegId: randomUUID() }
  const audio = { '@odata.type': '#microsoft.graph.teleconferenceDeviceAudioQuality', channelIndex: 1 }
  const device = { deviceName: 'device', deviceDescription: 'a device', mediaQualityList: [audio] }
  return { quality: { ...ids, ...device } }
}

export interface Performance {
  readonly reply: TestReply
  /** The notifications that followed, until the end of the call if it was still there. */
  readonly flow: readonly string[]
  /** The notifications with which the call was then ended by the test. */
  readonly end: readonly string[]
}

/** The path of an operation in a scene. */
export function resolvePath({ path, isOnlyBelowApp }: DocumentedOperation, scene: Scene): string {
  const { calls } = isOnlyBelowApp ? APP2019 : scene.dialect
  return `${calls}${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => scene.ids[name] ?? '')}`
}

/** How to try an operation: by default in a conference, an action without parameters of its own. */
export function playOf({ method, path }: DocumentedOperation): Play {
  return plays[`${method} ${path}`] ?? { arrange: conference(), ...(method === 'POST' && { body: mine }) }
}

/** Tries an operation in a call of its own. */
export async function perform(documented: DocumentedOperation, dialect: Dialect, bot: TestBot): Promise<Performance> {
  const play = playOf(documented)
  const scene = await play.arrange(bot, dialect)
  const before = bot.received.length
  const reply = await bot.request(documented.method, resolvePath(documented, scene), play.body?.(scene))
  await play.afterwards?.(scene)
  await bot.waitFor(before + documented.notifications[dialect.dialect].length)
  const end = await endCall(scene, reply)
  return { reply, flow: bot.flow().slice(before), end }
}

/** Ends the call of a scene, so that no notification of the operation can still follow. */
export async function endCall({ bot, dialect, ids }: Scene, reply: TestReply): Promise<readonly string[]> {
  const callId = ids.callId ?? (reply.status === 201 ? reply.body.id : undefined)
  if (!callId) return []
  const before = bot.received.length
  const { status } = await bot.request('DELETE', `${dialect.calls}/${callId}`)
  if (status === 404) return []
  const end = hangUpOf(dialect)
  await bot.waitFor(before + end.length)
  return end
}
