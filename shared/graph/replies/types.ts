import * as z from 'zod'
import { ENDPOINT_TYPES, IDENTITY_KINDS } from '../../calls/resources.js'

// The types that several resources share. Those that only the 2019 API has begin with `app`.

/** An id in the current API: a GUID in lower case with dashes. */
export const id = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
/** An id in the 2019 API: 32 hex digits in upper case. */
export const appId = z.string().regex(/^[0-9A-F]{32}$/)
export const dateTime = z.string().meta({ format: 'date-time' })

/** A resource type of Graph with its name; the name is also that of the schema, unless another one is given. */
export const typed = <S extends z.ZodRawShape>(name: string, shape: S, schemaName = name) =>
  z.object({ '@odata.type': z.literal(`#microsoft.graph.${name}`), ...shape }).meta({ id: schemaName })

/** The properties that every resource of the 2019 API has. */
export const appEntity = { '@odata.id': z.string(), '@odata.etag': z.string() }

/** The address of the type, in replies of the current API. */
export const context = { '@odata.context': z.string().optional() }

const identityShape = {
  id: z.string(),
  displayName: z.string().optional(),
  tenantId: z.string().optional(),
  identityProvider: z.string().optional(),
}
const identity = typed('identity', identityShape)
const appIdentity = z.object({ ...identityShape, language: z.string().optional() }).meta({ id: 'appIdentity' })

const identitiesOf = <T extends z.ZodType>(member: T) =>
  Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, member.optional()])) as Record<
    (typeof IDENTITY_KINDS)[number],
    z.ZodOptional<T>
  >
export const identitySet = typed('identitySet', identitiesOf(identity))
export const appIdentitySet = z.object(identitiesOf(appIdentity)).meta({ id: 'appIdentitySet' })

const location = { region: z.string().nullish(), languageId: z.string().nullish() }
const endpointType = z.enum(ENDPOINT_TYPES)
export const participantInfo = typed('participantInfo', {
  identity: identitySet,
  ...location,
  endpointType: endpointType.nullish(),
  countryCode: z.null().optional(),
  participantId: id.optional(),
})
export const invitation = typed('invitationParticipantInfo', {
  identity: identitySet,
  ...location,
  endpointType: endpointType.nullish(),
  replacesCallId: id.nullish(),
  participantId: id.optional(),
})
export const appParticipantInfo = typed(
  'participantInfo',
  { identity: appIdentitySet, region: z.string().optional(), languageId: z.string().optional() },
  'appParticipantInfo',
)
export const appInvitation = typed(
  'invitationParticipantInfo',
  {
    identity: appIdentitySet,
    region: z.string().optional(),
    languageId: z.string().optional(),
    endpointType: endpointType.optional(),
    replacesCallId: appId.optional(),
    participantId: appId.optional(),
  },
  'appInvitationParticipantInfo',
)

export const resultInfo = typed('resultInfo', { code: z.int32(), subcode: z.int32(), message: z.string() })
