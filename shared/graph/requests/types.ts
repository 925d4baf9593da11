import * as z from 'zod'
import {
  ENDPOINT_TYPES,
  IDENTITY_KINDS,
  type Identity,
  type Invitation,
  type MediaConfig,
  type MeetingInfo,
  MODALITIES,
  type ParticipantInfo,
} from '../../calls/resources.js'
import { GUID, parseGuid } from '../ids.js'
import { caseInsensitiveEnum, documentedAs, parseInside, withAliases } from './parse.js'

// The types that several bodies share. The types of Graph are open, so unknown properties are ignored.

/** Longer than any name, id or subject that a client sends. Names and ids are stored in every roster. */
const MAX_PROPERTY_LENGTH = 1024
export const text = z.string().max(MAX_PROPERTY_LENGTH)
/** Graph: commsOperation, clientContext. */
const MAX_CLIENT_CONTEXT = 256

/** More participants than a call can have (roster.ts). */
export const MAX_PARTICIPANTS = 1_000

export const guid = documentedAs(
  z.string().regex(GUID),
  z.string().transform((value, context) => {
    const parsed = parseGuid(value)
    if (parsed !== undefined) return parsed
    context.issues.push({ code: 'custom', input: value, message: 'is not a GUID' })
    return z.NEVER
  }),
)

/**
 * A date and time, read as milliseconds since 1970. Without an offset it is UTC, as in Graph. The year has four digits
 * (Edm.DateTimeOffset, OData).
 */
export const dateTime = documentedAs(z.string().meta({ format: 'date-time' }), z.string().transform(readDateTime))

function readDateTime(value: string, context: z.core.$RefinementCtx): number {
  const at = Date.parse(/T[^Z+-]*$/i.test(value) ? `${value}Z` : value)
  if (!Number.isNaN(at) && /^\d{4}-/.test(new Date(at).toISOString())) return at
  context.issues.push({ code: 'custom', input: value, message: 'must be a date and a time: 2026-01-31T09:30:00Z' })
  return z.NEVER
}

export const clientContext = z.string().max(MAX_CLIENT_CONTEXT).optional()

/** The modalities of the 2019 API that were renamed or removed since: `unknown` requests nothing. */
const FORMER_MODALITIES = { screenSharing: ['videoBasedScreenSharing'], unknown: [] } as const
const modality = caseInsensitiveEnum([...MODALITIES, 'screenSharing', 'unknown'])
export const modalities = z
  .array(modality)
  .transform((names) =>
    [...new Set(names)].flatMap((name) =>
      name === 'screenSharing' || name === 'unknown' ? FORMER_MODALITIES[name] : [name],
    ),
  )

/** Graph: call, targetDisposition, and call-redirect of 2019. */
export const TARGET_DISPOSITIONS = ['default', 'simultaneousRing', 'forward'] as const

/** callOptions, with the properties of incomingCallOptions and outgoingCallOptions. */
export const callOptions = z
  .object({
    hideBotAfterEscalation: z.boolean().optional(),
    isContentSharingNotificationEnabled: z.boolean().optional(),
    isDeltaRosterEnabled: z.boolean().optional(),
    isInteractiveRosterEnabled: z.boolean().optional(),
  })
  .optional()

/** The name of a type, with or without `#` and namespace, in any case; read as the bare name in lower case. */
export const odataType = z.string().transform((type) =>
  type
    .replace(/^#/, '')
    .replace(/^microsoft\.graph\./i, '')
    .toLowerCase(),
)

/** The documented form of a subtype: its properties and its name. */
export const typed = <S extends z.ZodRawShape>(name: string, schema: z.ZodObject<S>) =>
  z.object({ '@odata.type': z.literal(`#microsoft.graph.${name}`), ...schema.shape })

/** One identity of an identitySet. */
export const identity = z
  .object({
    id: text.min(1),
    displayName: text.optional(),
    tenantId: text.optional(),
    identityProvider: text.optional(),
    region: text.optional(),
    languageId: text.optional(),
    language: text.optional(),
  })
  .meta({ id: 'identityInput' })
type ParsedIdentity = z.infer<typeof identity>

const identitySetShape = Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, identity.optional()])) as Record<
  (typeof IDENTITY_KINDS)[number],
  z.ZodOptional<typeof identity>
>

/** The one identity of an identitySet, with the region and language that bodies of the 2019 API have inside it. */
const locatedIdentity = z
  .object(identitySetShape)
  .meta({ id: 'identitySetInput' })
  .transform((set, context) => {
    const [kind, ...others] = IDENTITY_KINDS.filter((candidate) => set[candidate] !== undefined)
    const found = kind && set[kind]
    if (kind && found && others.length === 0) return { kind, ...found }
    const message = kind
      ? `must hold one identity, not ${[kind, ...others].join(' and ')}`
      : `must hold one of ${IDENTITY_KINDS.join(', ')}`
    context.issues.push({ code: 'custom', input: set, message })
    return z.NEVER
  })

/** Drops the location of a parsed identity, which belongs to its participantInfo. */
export function toIdentity(parsed: ParsedIdentity & Pick<Identity, 'kind'>): Identity {
  const { kind, id, displayName, tenantId, identityProvider } = parsed
  return { kind, id, displayName, tenantId, identityProvider }
}

export const identitySet = locatedIdentity.transform(toIdentity)

const participantInfoShape = z
  .object({
    identity: locatedIdentity,
    region: text.optional(),
    languageId: text.optional(),
    endpointType: caseInsensitiveEnum(ENDPOINT_TYPES).optional(),
    participantId: guid.optional(),
  })
  .meta({ id: 'participantInfoInput' })

function toParticipantInfo({ identity, ...info }: z.infer<typeof participantInfoShape>): ParticipantInfo {
  const { region = identity.region, languageId = identity.languageId ?? identity.language } = info
  return { ...info, identity: toIdentity(identity), region, languageId }
}

/** participantInfo. Region and language may be here or inside the identity. */
export const participantInfo = participantInfoShape.transform(toParticipantInfo)

/** The id of a call, or the path of its resource; read as the id. */
const callReference = z.string().transform((value, context) => {
  const [, id = value] = /\/calls\/([^/]+)\/?$/i.exec(value) ?? []
  const parsed = parseGuid(id)
  if (parsed !== undefined) return parsed
  context.issues.push({
    code: 'custom',
    input: value,
    message: 'must be the id of a call, or its path: /app/calls/{id}',
  })
  return z.NEVER
})

/** invitationParticipantInfo. `replacesCallId` names the call that the participant leaves for this one. */
export const invitation = participantInfoShape
  .extend({ replacesCallId: callReference.optional() })
  .meta({ id: 'invitationParticipantInfoInput' })
  .transform(({ replacesCallId, ...info }): Invitation => ({ ...toParticipantInfo(info), replacesCallId }))

/** A check for a list that must not contain the same participant twice. */
export function uniqueParticipants(context: z.core.ParsePayload<readonly ParticipantInfo[]>): void {
  // A participant that was not parsed has no identity to compare.
  if (context.issues.length > 0) return
  const seen = new Set<string>()
  for (const [index, { identity }] of context.value.entries()) {
    const key = `${identity.kind} ${identity.id.toLowerCase()}`
    if (seen.has(key)) {
      const message = `${identity.id} is in this list twice`
      context.issues.push({ code: 'custom', input: identity, path: [index, 'identity'], message })
    }
    seen.add(key)
  }
}

export const mediaInfo = withAliases({ url: 'uri' }, z.object({ uri: text, resourceId: text.optional() }))

/** Graph documents no limit; this is more than a bot prefetches. */
const MAX_PREFETCH = 100

const mediaConfigShape = z.object({
  '@odata.type': odataType,
  preFetchMedia: z.array(mediaInfo).max(MAX_PREFETCH).optional(),
  blob: z.string().optional(),
  removeFromDefaultAudioGroup: z.boolean().optional(),
})

export const mediaConfig = documentedAs(
  z
    .union([
      typed('serviceHostedMediaConfig', mediaConfigShape.omit({ '@odata.type': true, blob: true })),
      typed('appHostedMediaConfig', mediaConfigShape.omit({ '@odata.type': true, preFetchMedia: true })),
    ])
    .meta({ id: 'mediaConfigInput' }),
  mediaConfigShape.transform(({ '@odata.type': type, preFetchMedia, blob, ...rest }, context): MediaConfig => {
    if (type === 'servicehostedmediaconfig') return { type: 'serviceHosted', preFetchMedia, ...rest }
    if (type === 'apphostedmediaconfig') return { type: 'appHosted', blob, ...rest }
    const message = 'must be #microsoft.graph.serviceHostedMediaConfig or #microsoft.graph.appHostedMediaConfig'
    context.issues.push({ code: 'custom', input: type, path: ['@odata.type'], message })
    return z.NEVER
  }),
)

export const chatInfo = z.object({
  threadId: text.optional(),
  messageId: text.optional(),
  replyChainMessageId: text.optional(),
})

const allowConversationWithoutHost = z.boolean().optional()
const organizerMeetingInfo = z.object({ organizer: identitySet, allowConversationWithoutHost })
const tokenMeetingInfo = z.object({ token: z.string().min(1), allowConversationWithoutHost })
const joinMeetingIdMeetingInfo = z.object({
  joinMeetingId: text.min(1),
  passcode: text.optional(),
  allowConversationWithoutHost,
})

/** The subtypes of meetingInfo, by their names in lower case. */
const meetingInfoTypes = new Map<string, z.ZodType<MeetingInfo>>([
  ['organizermeetinginfo', organizerMeetingInfo.transform((info) => ({ type: 'organizer', ...info }))],
  ['tokenmeetinginfo', tokenMeetingInfo.transform((info) => ({ type: 'token', ...info }))],
  ['joinmeetingidmeetinginfo', joinMeetingIdMeetingInfo.transform((info) => ({ type: 'joinMeetingId', ...info }))],
])

export const meetingInfo = documentedAs(
  z
    .union([
      typed('organizerMeetingInfo', organizerMeetingInfo),
      typed('tokenMeetingInfo', tokenMeetingInfo),
      typed('joinMeetingIdMeetingInfo', joinMeetingIdMeetingInfo),
    ])
    .meta({ id: 'meetingInfoInput' }),
  z.looseObject({ '@odata.type': odataType }).transform((value, context): MeetingInfo => {
    const { '@odata.type': type } = value
    const schema = meetingInfoTypes.get(type)
    if (!schema) {
      const message = 'must be organizerMeetingInfo, tokenMeetingInfo or joinMeetingIdMeetingInfo'
      context.issues.push({ code: 'custom', input: type, path: ['@odata.type'], message })
      return z.NEVER
    }
    return parseInside(schema, value, context) ?? z.NEVER
  }),
)
