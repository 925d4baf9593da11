import type { LoggedBody, LoggedMessage } from './entries.js'

// Removes secrets from what the event log keeps and from what the page shows.

/** How much of a body is kept, in characters. Rosters of large meetings are longer; the page says that they are cut. */
const MAX_BODY_CHARACTERS = 64 * 1024
const REMOVED = '(removed)'

/** Headers whose value is a secret. */
const SECRET_HEADER = /^(?:.*authorization|cookie|set-cookie|.*(?:-key|-token|-secret|-assertion))$/i
/** What names of secrets end with, in requests and in replies: `recordResourceAccessToken`, `client_secret`, `p`. */
const SECRET_NAMES =
  '(?:[\\w-]*(?:access[_-]?token|refresh[_-]?token|id[_-]?token|secret|password|passcode|assertion|api-?key|' +
  'access-?key|subscription-key)|token|authorization)'
/** Fields of a form and of a query. The address of a callback may have the key of an Azure function as `code`. */
const SECRET_PARAMETERS = `${SECRET_NAMES}|code|key|sig|p`
/** A body that was cut may end within the value. */
const SECRET_PROPERTY = new RegExp(`("${SECRET_NAMES}"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*(?:"|\\\\?$)`, 'gi')
/** System.Text.Json writes `&` as `\u0026`. */
const SECRET_PARAMETER = new RegExp(`((?:^|[?&;\\s]|\\\\u0026)(?:${SECRET_PARAMETERS})=)[^&\\s"#;\\\\]+`, 'gi')
/** A JSON Web Token, wherever it is; a cut one may lack its end. */
const TOKEN = /(?<![\w-])eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

/** Removes secrets from a text: a body in JSON or of a form, or a URL. */
export function redactText(text: string): string {
  return text
    .replace(SECRET_PROPERTY, `$1${REMOVED}"`)
    .replace(SECRET_PARAMETER, `$1${REMOVED}`)
    .replace(TOKEN, REMOVED)
}

/** Removes secrets from a body, and cuts it. */
export function toLoggedBody(text: string): LoggedBody {
  // Cut first, so that a huge body costs no more than a large one.
  const isCut = text.length > MAX_BODY_CHARACTERS
  const kept = redactText(isCut ? text.slice(0, MAX_BODY_CHARACTERS) : text)
  return { text: kept, bytes: new TextEncoder().encode(text).length, ...(isCut && { isCut }) }
}

/**
 * @param headers by their names, in any case
 * @param text the body; absent when there is none
 */
export function toLoggedMessage(headers: Iterable<readonly [string, string]>, text?: string): LoggedMessage {
  const kept = [...headers].map(([name, value]) => [name, redactHeader(name, value)])
  return { headers: Object.fromEntries(kept), ...(text && { body: toLoggedBody(text) }) }
}

function redactHeader(name: string, value: string): string {
  if (!SECRET_HEADER.test(name)) return redactText(value)
  // The scheme shows what kind of authorization a client tries.
  const [, scheme] = /^(\w+) \S/.exec(value) ?? []
  return scheme ? `${scheme} ${REMOVED}` : REMOVED
}
