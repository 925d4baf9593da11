import { randomUUID } from 'node:crypto'
import type { Scene } from '../../conformance/plays.js'
import { type Node, pathsOf, type Shape } from './facts.js'

// Builds requests with the keys of a documented one, and with values that fit the call in which they are sent.

const IDENTITIES = ['user', 'application', 'applicationInstance', 'phone', 'guest', 'encrypted', 'device', 'onPremises']
const BOOLEANS = [
  'all',
  'allowConversationWithoutHost',
  'bargeInAllowed',
  'duckOthers',
  'exclusive',
  'isContentSharingNotificationEnabled',
  'isMuted',
  'maskCallee',
  'maskCaller',
  'playBeep',
  'removeFromDefaultAudioGroup',
  'streamWhileRecording',
]
const NUMBERS =
  /InSeconds$|Percentage$|Packets$|Port$|InBytes$|Level$|^(channelIndex|level|participantCapacity|ramp\w+|socketId)$/
const DURATIONS = /Jitter$|Delay$|^mediaDuration$/
const TEXTS: Readonly<Record<string, string>> = {
  languageId: 'en-US',
  region: 'westus',
  uri: 'https://cdn.contoso.com/beep.wav',
  url: 'https://cdn.contoso.com/beep.wav',
  targetDisposition: 'default',
  requestedModalities: 'audio',
  acceptedModalities: 'audio',
  acceptModalities: 'audio',
  stopTones: '#',
  modality: 'video',
  threadId: '19:thread@thread.v2',
  localIPAddress: '192.0.2.1',
  remoteIPAddress: '192.0.2.2',
}

/** The key paths of a shape that are not null. */
const hasPath = (shape: Shape, pattern: RegExp): boolean =>
  pathsOf(shape).some(([path, values]) => !values.includes('null') && pattern.test(path))

export const isReplacement = (shape: Shape): boolean => hasPath(shape, /replacesCallId$/)
export const hasParticipantId = (shape: Shape): boolean => hasPath(shape, /^participants\[\]\.participantId$/)
export const isToPhone = (shape: Shape): boolean => hasPath(shape, /^(targets\[\]|transferTarget)\..*phone\.id$/)
export const hasTransferee = (shape: Shape): boolean => shape.has('transferee')

/** Builds the body of a request, or a part of one; undefined if there are no keys. */
export function buildBody(shape: Shape, scene: Scene): object | undefined {
  return shape.size === 0 ? undefined : buildObject(shape, [], { shape, scene })
}

interface Request {
  readonly shape: Shape
  readonly scene: Scene
}

function buildObject(members: Shape, path: readonly string[], request: Request): Record<string, unknown> {
  return Object.fromEntries([...members].map(([name, node]) => [name, build(node, [...path, name], request)]))
}

function build(node: Node, path: readonly string[], request: Request): unknown {
  if (node.values[0] === 'null') return null
  if (!node.isList)
    return node.members.size > 0 ? buildObject(node.members, path, request) : chooseValue(node, path, request)
  if (node.members.size === 0) return listOf(path, request)
  return splitItems(node.members).map((members) => buildObject(members, path, request))
}

/** Splits the items of a list, whose keys a shape shows together: one for each type and each kind of identity. */
function splitItems(members: Shape): Shape[] {
  const [type, identity] = [members.get('@odata.type'), members.get('identity')]
  const kinds = [...(identity?.members ?? [])].filter(([name, { values }]) => IDENTITIES.includes(name) && !values[0])
  if (identity && kinds.length > 1) {
    const others = [...identity.members].filter(([name]) => !IDENTITIES.includes(name))
    return kinds.map(
      (kind) => new Map([...members, ['identity', { ...identity, members: new Map([...others, kind]) }]]),
    )
  }
  if (!type || type.values.length < 2) return [members]
  return type.values.map((value) => new Map([...members, ['@odata.type', { ...type, values: [value] }]]))
}

function listOf(path: readonly string[], { shape, scene }: Request): unknown[] {
  const name = path.at(-1) ?? ''
  const [first, second] = scene.participants
  if (name === 'sources') return [first]
  if (name === 'receivers') return [second]
  if (name === 'participants') return [first]
  if (name === 'routingPolicies') return []
  // A meeting that is joined without media has no modalities.
  if (name === 'requestedModalities' && !shape.has('mediaConfig')) return []
  return [TEXTS[name] ?? 'text']
}

function chooseValue({ values }: Node, path: readonly string[], request: Request): unknown {
  const name = path.at(-1) ?? ''
  if (values[0] !== undefined) return name === '@odata.type' ? `#microsoft.graph.${values[0]}` : values[0]
  if (name === 'id') return idOf(path, request)
  if (name === 'loop') return path.includes('prompts') ? 1 : false
  if (BOOLEANS.includes(name)) return true
  if (NUMBERS.test(name)) return 1
  if (name === 'timeout') return 30
  if (DURATIONS.test(name)) return 'PT1S'
  return TEXTS[name] ?? textOf(name, request) ?? 'text'
}

function textOf(name: string, { scene: { bot, ids, participants }, shape }: Request): string | undefined {
  const values: Readonly<Record<string, string | undefined>> = {
    callbackUri: bot.callbackUri,
    callback: bot.callbackUri,
    tenantId: bot.tenantId,
    replacesCallId: ids.otherCallId,
    participantId: hasTransferee(shape) ? participants[0] : (ids.otherParticipantId ?? randomUUID()),
    participant: participants[0],
    callChainId: randomUUID(),
    mediaLegId: randomUUID(),
  }
  return values[name]
}

/** The id of an identity, or of a resource that the bot names. */
function idOf(path: readonly string[], { shape, scene }: Request): string {
  const kind = path.at(-2)
  if (kind === undefined) return 'oneToOne'
  if (kind === 'application') return scene.bot.applicationId
  if (path.includes('transferee')) return scene.personId
  if (isReplacement(shape)) return scene.ids.otherPersonId ?? randomUUID()
  return kind === 'phone' ? newPhone() : randomUUID()
}

/** A telephone number that no other test calls. */
export const newPhone = (): string => `+1${Math.floor(1e9 + Math.random() * 9e9)}`
