import * as z from 'zod'
import {
  IDENTITY_KINDS,
  type Identity,
  type Invitation,
  type MediaConfig,
  type MeetingInfo,
  type ParticipantInfo,
} from '../../calls/resources.js'
import { parseGuid } from '../ids.js'
import { anyCase, renamed, wording } from './parse.js'

// The types that several bodies share. Graph's types are open: properties that nobody knows are passed over.

/** Longer names and ids than any client sends; they are kept in every roster. */
const text = z.string().max(1024)
const MAX_CLIENT_CONTEXT = 256 // Graph: commsOperation

export const guid = z.string().transform((value, context) => {
  const parsed = parseGuid(value)
  if (parsed !== undefined) return parsed
  context.issues.push({ code: 'custom', input: value, message: 'is not a GUID' })
  return z.NEVER
})

/** A moment with or without an offset, in milliseconds; without one it is UTC, as in Graph. */
export const dateTime = z.string().transform((text, context) => {
  const at = Date.parse(/T[^Z+-]*$/i.test(text) ? `${text}Z` : text)
  if (!Number.isNaN(at)) return at
  context.issues.push({ code: 'custom', input: text, message: 'must be a date and a time: 2026-01-31T09:30:00Z' })
  return z.NEVER
})

export const clientContext = z.string().max(MAX_CLIENT_CONTEXT).optional()
const modality = anyCase(['audio', 'video', 'videoBasedScreenSharing', 'data', 'screenSharing', 'unknown'])
/** `screenSharing` and `unknown` were there in 2019: the one has another name now, the other asks for nothing. */
export const modalities = z
  .array(modality)
  .transform((names) =>
    [...new Set(names)].flatMap((name) =>
      name === 'screenSharing' ? 'videoBasedScreenSharing' : name === 'unknown' ? [] : name,
    ),
  )
const odataType = z.string().transform((type) =>
  type
    .replace(/^#/, '')
    .replace(/^microsoft\.graph\./i, '')
    .toLowerCase(),
)

const identity = z.object({
  id: text.min(1),
  displayName: text.optional(),
  tenantId: text.optional(),
  region: text.optional(),
  languageId: text.optional(),
  language: text.optional(),
})
type ParsedIdentity = z.infer<typeof identity>

const identitySetShape = Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, identity.optional()])) as Record<
  (typeof IDENTITY_KINDS)[number],
  z.ZodOptional<typeof identity>
>

/** The one identity of a set, with the places that older bodies wrote into it. */
const placedIdentity = z.object(identitySetShape).transform((set, context) => {
  const kind = IDENTITY_KINDS.find((one) => set[one] !== undefined)
  const found = kind && set[kind]
  if (kind && found) return { kind, ...found }
  const message = `must hold one of ${IDENTITY_KINDS.join(', ')}`
  context.issues.push({ code: 'custom', input: set, message })
  return z.NEVER
})

const toIdentity = ({ kind, id, displayName, tenantId }: ParsedIdentity & Pick<Identity, 'kind'>): Identity => ({
  kind,
  id,
  displayName,
  tenantId,
})

export const identitySet = placedIdentity.transform(toIdentity)

const participantInfoShape = z.object({
  identity: placedIdentity,
  region: text.optional(),
  languageId: text.optional(),
  endpointType: anyCase(['default', 'voicemail', 'skypeForBusiness', 'skypeForBusinessVoipPhone']).optional(),
})

function toParticipantInfo({ identity: placed, ...where }: z.infer<typeof participantInfoShape>): ParticipantInfo {
  const { region = placed.region, languageId = placed.languageId ?? placed.language, endpointType } = where
  return { identity: toIdentity(placed), region, languageId, endpointType }
}

/** participantInfo. Region and language may stand here or inside the identity. */
export const participantInfo = participantInfoShape.transform(toParticipantInfo)

/** A call by its id, or by the path of its resource. */
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

/** invitationParticipantInfo of somebody who may be moved here from another call. */
export const invitation = participantInfoShape
  .extend({ replacesCallId: callReference.optional() })
  .transform(({ replacesCallId, ...info }): Invitation => ({ ...toParticipantInfo(info), replacesCallId }))

/** For a list of people in which nobody may be twice. */
export function noneTwice(context: z.core.ParsePayload<readonly ParticipantInfo[]>): void {
  // Somebody who could not be read is nobody to compare with.
  if (context.issues.length > 0) return
  const seen = new Set<string>()
  for (const [index, { identity: one }] of context.value.entries()) {
    const key = `${one.kind} ${one.id.toLowerCase()}`
    if (seen.has(key)) {
      const message = `${one.id} is in this list twice`
      context.issues.push({ code: 'custom', input: one, path: [index, 'identity'], message })
    }
    seen.add(key)
  }
}

export const mediaInfo = renamed({ url: 'uri' }, z.object({ uri: text, resourceId: text.optional() }))
/** No limit is documented; nobody prefetches more. */
const MAX_PREFETCH = 100

export const mediaConfig = z
  .object({
    '@odata.type': odataType,
    preFetchMedia: z.array(mediaInfo).max(MAX_PREFETCH).optional(),
    blob: z.string().optional(),
  })
  .transform(({ '@odata.type': type, preFetchMedia, blob }, context): MediaConfig => {
    if (type === 'servicehostedmediaconfig') return { type: 'serviceHosted', preFetchMedia }
    if (type === 'apphostedmediaconfig') return { type: 'appHosted', blob }
    const message = 'must be #microsoft.graph.serviceHostedMediaConfig or #microsoft.graph.appHostedMediaConfig'
    context.issues.push({ code: 'custom', input: type, path: ['@odata.type'], message })
    return z.NEVER
  })

export const chatInfo = z.object({
  threadId: text.optional(),
  messageId: text.optional(),
  replyChainMessageId: text.optional(),
})

const meetingInfoTypes = {
  organizermeetinginfo: z
    .object({ organizer: identitySet })
    .transform(({ organizer }) => ({ type: 'organizer' as const, organizer })),
  tokenmeetinginfo: z
    .object({ token: z.string().min(1) })
    .transform(({ token }) => ({ type: 'token' as const, token })),
  joinmeetingidmeetinginfo: z
    .object({ joinMeetingId: text.min(1), passcode: text.optional() })
    .transform(({ joinMeetingId, passcode }) => ({ type: 'joinMeetingId' as const, joinMeetingId, passcode })),
}

export const meetingInfo = z
  .looseObject({ '@odata.type': odataType, allowConversationWithoutHost: z.boolean().optional() })
  .transform((value, context): MeetingInfo => {
    const { '@odata.type': type, allowConversationWithoutHost } = value
    const known = Object.hasOwn(meetingInfoTypes, type)
    const schema = known ? meetingInfoTypes[type as keyof typeof meetingInfoTypes] : undefined
    if (!schema) {
      const message = 'must be organizerMeetingInfo, tokenMeetingInfo or joinMeetingIdMeetingInfo'
      context.issues.push({ code: 'custom', input: type, path: ['@odata.type'], message })
      return z.NEVER
    }
    const parsed = schema.safeParse(value, { error: wording })
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        context.issues.push({ code: 'custom', input: value, path: [...path], message })
      }
      return z.NEVER
    }
    return { ...parsed.data, allowConversationWithoutHost }
  })
