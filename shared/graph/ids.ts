import { invalidRequest } from './errors.js'

/** Every spelling of a GUID that is accepted. */
export const GUID = /^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/
/** How much of an invalid id an error message repeats. */
const MAX_SHOWN_ID = 64

/** Normalizes a GUID to lower case with dashes, the form of every stored key; undefined when the text is not a GUID. */
export function parseGuid(text: string): string | undefined {
  if (!GUID.test(text)) return undefined
  const hex = text.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** The form of ids in the 2019 API: 32 hex digits in upper case. */
export const upperHex = (guid: string): string => guid.replaceAll('-', '').toUpperCase()

/** @throws GraphError 400 that names the parameter */
export function readGuid(text: string, name: string): string {
  const guid = parseGuid(text)
  if (guid === undefined) throw invalidRequest(`${name}: ${JSON.stringify(text.slice(0, MAX_SHOWN_ID))} is not a GUID.`)
  return guid
}

/** Reads the id of a participant in the path. @throws GraphError 400 when it is not a GUID */
export const readParticipantId = ({ participantId = '' }: Readonly<Record<string, string>>): string =>
  readGuid(participantId, 'participantId')
