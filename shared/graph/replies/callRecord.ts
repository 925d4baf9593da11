import * as z from 'zod'
import { IDENTITY_KINDS, MODALITIES } from '../../calls/resources.js'
import { context, dateTime, typed } from './types.js'

// Call records. They have the same form for calls of both dialects.

const identity = z
  .object({ id: z.string(), displayName: z.string().nullable(), tenantId: z.string().nullable() })
  .meta({ id: 'callRecordIdentity' })
const identitySet = z
  .object(Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, identity.optional()])))
  .meta({ id: 'callRecordIdentitySet' })
const participant = z.object({ id: z.string(), identity: identitySet }).meta({ id: 'callRecordParticipant' })

const userAgent = typed('callRecords.serviceUserAgent', {
  headerValue: z.null(),
  role: z.enum(['customBot', 'skypeForBusinessAudioVideoMcu']),
})
const endpoint = z.union([
  typed('callRecords.serviceEndpoint', { userAgent }),
  typed('callRecords.participantEndpoint', { userAgent: z.null(), associatedIdentity: identity }),
])

const modalities = z.array(z.enum(MODALITIES))
const partShape = {
  id: z.string(),
  caller: endpoint,
  callee: endpoint,
  failureInfo: z
    .object({ stage: z.enum(['callSetup', 'midcall']), reason: z.string() })
    .meta({ id: 'callRecordFailureInfo' })
    .nullable(),
  startDateTime: dateTime,
  endDateTime: dateTime,
}
const segment = z.object({ ...partShape, media: z.array(z.unknown()).max(0) }).meta({ id: 'callRecordSegment' })
const session = z
  .object({ ...partShape, modalities, isTest: z.literal(false), segments: z.array(segment).optional() })
  .meta({ id: 'callRecordSession' })

const listedShape = {
  id: z.string(),
  version: z.int(),
  type: z.enum(['groupCall', 'peerToPeer']),
  modalities,
  lastModifiedDateTime: dateTime,
  startDateTime: dateTime,
  endDateTime: dateTime,
  joinWebUrl: z.string().nullable(),
  organizer: identitySet,
  organizer_v2: participant,
}

/** A record, with what the request expands. */
export const callRecordReply = z
  .object({
    ...context,
    ...listedShape,
    participants: z.array(identitySet),
    participants_v2: z.array(participant).optional(),
    sessions: z.array(session).optional(),
  })
  .meta({ id: 'callRecord' })

/** A page of records. */
export const callRecordListReply = z.object({
  ...context,
  value: z.array(z.object(listedShape).meta({ id: 'listedCallRecord' })),
  '@odata.nextLink': z.string().optional(),
})
