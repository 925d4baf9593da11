import { forbidden } from '../graph/errors.js'

/**
 * One permission in all of its spellings: the names that are consented to are singular, the pages of Graph print
 * plurals.
 */
export type Permission = readonly [name: string, ...spellings: string[]]

export const INITIATE: Permission = ['Calls.Initiate.All']
export const INITIATE_GROUP_CALL: Permission = ['Calls.InitiateGroupCall.All', 'Calls.InitiateGroupCalls.All']
export const JOIN_GROUP_CALL: Permission = ['Calls.JoinGroupCall.All', 'Calls.JoinGroupCalls.All']
export const JOIN_GROUP_CALL_AS_GUEST: Permission = [
  'Calls.JoinGroupCallAsGuest.All',
  'Calls.JoinGroupCallsAsGuest.All',
]
export const ACCESS_MEDIA: Permission = ['Calls.AccessMedia.All']
export const READ_CALL_RECORDS: Permission = ['CallRecords.Read.All']
export const WRITE_BOTS: Permission = ['Bots.ReadWrite.All']
export const CONTROL_SIMULATOR: Permission = ['Simulator.Control']
export const WRITE_DELIVERIES: Permission = ['Deliveries.ReadWrite.All']
export const INSPECT: Permission = ['Inspector.Read.All']

/** A token of the local issuer grants all of these, unless its request names fewer. */
export const ALL_PERMISSIONS: readonly Permission[] = [
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
  ACCESS_MEDIA,
  READ_CALL_RECORDS,
  WRITE_BOTS,
  CONTROL_SIMULATOR,
  WRITE_DELIVERIES,
  INSPECT,
]

/** Any one of these permissions is enough. */
export interface AnyOf {
  readonly anyOf: readonly Permission[]
}

/**
 * @param roles the roles of the caller's token, in lower case
 * @throws GraphError 403, which names the missing permission
 */
export function requirePermissions(roles: ReadonlySet<string>, required: readonly (Permission | AnyOf)[]): void {
  for (const requirement of required) {
    const alternatives = 'anyOf' in requirement ? requirement.anyOf : [requirement]
    if (alternatives.some((permission) => permission.some((spelling) => roles.has(spelling.toLowerCase())))) continue
    const names = alternatives.map(([name]) => name).join(' or ')
    throw forbidden(`The token lacks the application permission ${names}.`)
  }
}
