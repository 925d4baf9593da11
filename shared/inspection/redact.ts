import type { LoggedBody, LoggedMessage } from './entries.js'

// Removes secrets from what the event log keeps.

/** How much of a body is kept, in characters. Rosters of large meetings are longer; the page says that they are cut. */
const MAX_BODY_CHARACTERS = 64 * 1024
const REMOVED = '(removed)'

/** Headers whose value is a secret. */
const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-functions-key'])
/** Properties of JSON whose value is a secret. */
const SECRET_PROPERTIES =
  'access_token|refresh_token|id_token|client_secret|password|passcode|recordingAccessToken|token'
/** Fields of a form and of a query. The address of a callback may have the key of an Azure function as `code`. */
const SECRET_PARAMETERS = `${SECRET_PROPERTIES}|client_assertion|assertion|code|key|secret|sig`
const SECRET_PROPERTY = new RegExp(`("(?:${SECRET_PROPERTIES})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*"`, 'gi')
const SECRET_PARAMETER = new RegExp(`((?:^|[?&\\s])(?:${SECRET_PARAMETERS})=)[^&\\s"#]+`, 'gi')
/** A JSON Web Token, wherever it is. */
const TOKEN = /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g

/** Removes secrets from a text: a body in JSON or of a form, or a URL. */
export function redactText(text: string): string {
  return text
    .replace(SECRET_PROPERTY, `$1${REMOVED}"`)
    .replace(SECRET_PARAMETER, `$1${REMOVED}`)
    .replace(TOKEN, REMOVED)
}

/** Removes secrets from a body, and cuts it. */
export function toLoggedBody(text: string): LoggedBody {
  // Cut first, so that a huge body costs no more than a large one. The rest of a secret that was cut is removed too.
  const isCut = text.length > MAX_BODY_CHARACTERS
  const kept = redactText(isCut ? text.slice(0, MAX_BODY_CHARACTERS) : text)
  return { text: kept, bytes: text.length, ...(isCut && { isCut }) }
}

/**
 * @param headers by their names, in any case
 * @param text the body; absent when there is none
 */
export function toLoggedMessage(headers: Iterable<readonly [string, string]>, text?: string): LoggedMessage {
  const kept = [...headers].map(([name, value]) => [name, SECRET_HEADERS.has(name.toLowerCase()) ? REMOVED : value])
  return { headers: Object.fromEntries(kept), ...(text && { body: toLoggedBody(text) }) }
}
