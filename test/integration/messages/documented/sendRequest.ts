import { inject } from 'vitest'
import { type DocumentedOperation, documentedOperations } from '../../../support/documentedOperations.js'
import type { Dialect } from '../../../support/scenarios.js'
import { send, type TestBot, type TestReply } from '../../../support/testBot.js'
import {
  conference,
  endCall,
  incomingCall,
  peerToPeerCall,
  perform,
  playOf,
  resolvePath,
  type Scene,
} from '../../conformance/plays.js'
import type { DocumentedMessage, Shape } from './facts.js'
import { buildBody, hasParticipantId, hasTransferee, isReplacement, isToPhone, newPhone } from './requests.js'

/** Sends a documented request in a call that it fits; undefined if there is no such operation. */
export async function sendRequest(
  { what, shape }: DocumentedMessage,
  dialect: Dialect,
  bot: TestBot,
): Promise<TestReply | undefined> {
  if (what === 'get {recordinglocation}') return readRecording(bot, dialect)
  const operation = documentedOperations.find(({ method, path }) => `${method} calls${path}`.toLowerCase() === what)
  if (!operation) return undefined
  const arranged = await arrange(operation, { shape, dialect, bot })
  const scene = isReplacement(shape) ? await addReplacedCall(arranged, shape) : arranged
  const before = bot.received.length
  const reply = await bot.request(operation.method, resolvePath(operation, scene), buildBody(shape, scene))
  if (reply.status < 300) await waitForFlow(operation, scene, before)
  await endCall(scene, reply)
  return reply
}

/** Reads a recording from the location in the notification of its end. */
async function readRecording(bot: TestBot, dialect: Dialect): Promise<TestReply> {
  const recording = documentedOperations.find(({ path }) => path === '/{callId}/recordResponse')
  if (!recording) throw new Error('expected recordResponse to be a documented operation')
  await perform(recording, dialect, bot)
  const ended = bot.received.find(({ body }) => body.value[0].resourceData.recordingLocation)
  const { recordingLocation, recordingAccessToken: token } = ended?.body.value[0].resourceData ?? {}
  return send(inject('baseUrl'), 'GET', new URL(recordingLocation).pathname, { token })
}

/** The resource account of a bot. Only a bot that is in the call as one reaches a phone. */
export const APPLICATION_INSTANCE = { displayName: 'Calling Bot', id: 'resource-account' }

function arrange(
  operation: DocumentedOperation,
  { shape, dialect, bot }: Pick<DocumentedMessage, 'shape'> & { readonly dialect: Dialect; readonly bot: TestBot },
): Promise<Scene> {
  const { path } = operation
  if (hasTransferee(shape)) return conference()(bot, dialect)
  if (!isToPhone(shape)) return playOf(operation).arrange(bot, dialect)
  if (path === '/{callId}/redirect') return incomingCall(TO_APPLICATION_INSTANCE)(bot, dialect)
  if (path === '/{callId}/transfer') return peerToPeerCall(FROM_APPLICATION_INSTANCE)(bot, dialect)
  return playOf(operation).arrange(bot, dialect)
}

const TO_APPLICATION_INSTANCE = { to: { applicationInstance: APPLICATION_INSTANCE } }
export const FROM_APPLICATION_INSTANCE = { source: { identity: { applicationInstance: APPLICATION_INSTANCE } } }

/** Establishes the call from which a participant is to be moved. */
async function addReplacedCall(scene: Scene, shape: Shape): Promise<Scene> {
  const { bot, dialect } = scene
  const phone = newPhone()
  const targets = [{ identity: { phone: { id: phone } } }]
  // Only a conference has a roster, and the ids in it.
  const call = hasParticipantId(shape)
    ? conference()
    : peerToPeerCall(isToPhone(shape) ? { ...FROM_APPLICATION_INSTANCE, targets } : {})
  const other = await call(bot, dialect)
  const ids = {
    otherCallId: other.ids.callId ?? '',
    otherPersonId: isToPhone(shape) ? phone : other.personId,
    otherParticipantId: other.participants[0] ?? '',
  }
  return { ...scene, ids: { ...scene.ids, ...ids } }
}

/** The operations of which the notifications depend on the request. */
const VARIED = [
  '',
  '/{callId}/redirect',
  '/{callId}/transfer',
  '/{callId}/participants/invite',
  '/{callId}/recordResponse',
]

/** Waits until the bot has the notifications of an operation, whatever the number of participants is. */
async function waitForFlow({ path, notifications }: DocumentedOperation, { bot, dialect }: Scene, before: number) {
  const withoutNumber = (line: string) => line.replace(/ \d+$/, '')
  const expected = VARIED.includes(path) ? notifications[dialect.dialect].map(withoutNumber) : []
  const isMissing = () => {
    const flow = bot.flow().slice(before).map(withoutNumber)
    return expected.some((line) => !flow.includes(line))
  }
  while (isMissing()) await bot.waitFor(bot.received.length + 1)
}
