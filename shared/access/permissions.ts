import { forbidden } from '../graph/errors.js'

/** One permission in every spelling that Graph gives it: the consented names are singular, the pages print plurals. */
export type Permission = readonly [name: string, ...spellings: string[]]

export const INITIATE: Permission = ['Calls.Initiate.All']
export const INITIATE_GROUP_CALL: Permission = ['Calls.InitiateGroupCall.All', 'Calls.InitiateGroupCalls.All']
export const JOIN_GROUP_CALL: Permission = ['Calls.JoinGroupCall.All', 'Calls.JoinGroupCalls.All']
export const JOIN_GROUP_CALL_AS_GUEST: Permission = [
  'Calls.JoinGroupCallAsGuest.All',
  'Calls.JoinGroupCallsAsGuest.All',
]
export const ACCESS_MEDIA: Permission = ['Calls.AccessMedia.All']
export const WRITE_BOTS: Permission = ['Bots.ReadWrite.All']
export const CONTROL_SIMULATOR: Permission = ['Simulator.Control']
export const WRITE_DELIVERIES: Permission = ['Deliveries.ReadWrite.All']

/** Every permission there is; a local token has them all unless it asks for fewer. */
export const ALL_PERMISSIONS: readonly Permission[] = [
  INITIATE,
  INITIATE_GROUP_CALL,
  JOIN_GROUP_CALL,
  JOIN_GROUP_CALL_AS_GUEST,
  ACCESS_MEDIA,
  WRITE_BOTS,
  CONTROL_SIMULATOR,
  WRITE_DELIVERIES,
]

/** One of several permissions is enough. */
export interface AnyOf {
  readonly anyOf: readonly Permission[]
}

/**
 * @param roles the roles of the caller's token, in lower case
 * @throws GraphError 403, which names the permission that is missing
 */
export function requirePermissions(roles: ReadonlySet<string>, needed: readonly (Permission | AnyOf)[]): void {
  for (const one of needed) {
    const alternatives = 'anyOf' in one ? one.anyOf : [one]
    if (alternatives.some((permission) => permission.some((name) => roles.has(name.toLowerCase())))) continue
    const names = alternatives.map(([name]) => name).join(' or ')
    throw forbidden(`The token lacks the application permission ${names}.`)
  }
}
