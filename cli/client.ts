import { randomUUID } from 'node:crypto'
import { ApiError, Unreachable, UsageError } from './errors.js'

// The requests of the command line to a running service, with its token.

export const DEFAULT_URL = 'http://127.0.0.1:7071'
/** The service answers all but replays of many calls at once. */
const REQUEST_TIMEOUT_MS = 120_000
/** A token is replaced this long before it expires, because a request may take a while to arrive. */
const TOKEN_MARGIN_MS = 60_000
const TOKEN_PATH = '/common/oauth2/v2.0/token'
const SCOPE = 'https://graph.microsoft.com/.default'
const UNAUTHORIZED = 401
const NOT_FOUND = 404
/** What Node.js says about a connection that ended before the reply. */
const CONNECTION_LOST = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])
/** What OpenSSL says about a certificate of an authority that is not trusted. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)/

export interface ClientOptions {
  /** The base URL of the service, without a version. */
  readonly url: string
  /** The access token for a service that is not local. A local service issues tokens itself. */
  readonly token?: string | undefined
}

/**
 * Sends requests to a running service, and reads its replies as JSON; a reply without a body is undefined.
 *
 * All methods throw `Unreachable` when there is no reply of a service, and `ApiError` when it refuses the request.
 */
export interface Client {
  /** The base URL of the service, without a slash at its end. */
  readonly url: string
  get<T>(path: string): Promise<T>
  post<T>(path: string, body?: unknown): Promise<T>
  postBytes<T>(path: string, bytes: Uint8Array<ArrayBuffer>, type: string): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
}

interface ApiRequest {
  readonly method: string
  readonly body?: NonNullable<RequestInit['body']>
  readonly headers?: Readonly<Record<string, string>>
}

/** @throws UsageError when the URL is not one of http or https */
export function createClient({ url, token }: ClientOptions): Client {
  const baseUrl = readBaseUrl(url)
  const localTokens = token ? undefined : createTokenSource(baseUrl)

  async function send<T>(path: string, request: ApiRequest): Promise<T> {
    const response = await sendOnce(path, request)
    if (response.status !== UNAUTHORIZED || !localTokens) return readReply<T>(response, baseUrl, Boolean(token))
    // A service that was started again in memory has other keys.
    localTokens.forget()
    return readReply<T>(await sendOnce(path, request), baseUrl, false)
  }

  async function sendOnce(path: string, { headers, ...request }: ApiRequest): Promise<Response> {
    const authorization = { Authorization: `Bearer ${localTokens ? await localTokens.get() : token}` }
    return fetchOrFail(baseUrl, path, { ...request, headers: { ...headers, ...authorization } })
  }

  const sendJson = <T>(method: string, path: string, body?: unknown): Promise<T> =>
    send<T>(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })

  return {
    url: baseUrl,
    get: (path) => sendJson('GET', path),
    post: (path, body) => sendJson('POST', path, body),
    postBytes: (path, bytes, type) => send(path, { method: 'POST', body: bytes, headers: { 'Content-Type': type } }),
    put: (path, body) => sendJson('PUT', path, body),
    delete: (path) => sendJson('DELETE', path),
  }
}

function readBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError(`--url: ${text} is not an http or https URL.`, `Write it as ${DEFAULT_URL}.`)
  }
  return url.href.replace(/[?#].*$/, '').replace(/\/+$/, '')
}

/** Keeps a token of the local issuer until it is about to expire. Requests at the same time share one. */
function createTokenSource(baseUrl: string) {
  // One id for the life of the process, so that the event log shows its requests as those of one application.
  const clientId = randomUUID()
  let current: Promise<Token> | undefined
  return {
    get: async (): Promise<string> => {
      const before = current
      const known = await before?.catch(() => undefined)
      if (known !== undefined && known.expiresAt > Date.now()) return known.value
      // Another request may have replaced it meanwhile.
      if (current === before || current === undefined) current = requestToken(baseUrl, clientId)
      return (await current).value
    },
    forget: (): void => {
      current = undefined
    },
  }
}

interface Token {
  readonly value: string
  readonly expiresAt: number
}

async function requestToken(baseUrl: string, clientId: string): Promise<Token> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: 'any',
    scope: SCOPE,
  })
  const response = await fetchOrFail(baseUrl, TOKEN_PATH, { method: 'POST', body })
  try {
    const token = await readReply<{ access_token: string; expires_in: number }>(response, baseUrl, false)
    return { value: token.access_token, expiresAt: Date.now() + token.expires_in * 1000 - TOKEN_MARGIN_MS }
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== NOT_FOUND) throw error
    throw new UsageError(
      `The service at ${baseUrl} issues no tokens, because it is not local.`,
      'Set RINGBACK_TOKEN to an access token for it.',
    )
  }
}

async function fetchOrFail(baseUrl: string, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${baseUrl}${path}`, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
  } catch (error) {
    throw explainFailure(baseUrl, error)
  }
}

function explainFailure(baseUrl: string, error: unknown): Unreachable {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new Unreachable(`The service at ${baseUrl} did not reply within ${REQUEST_TIMEOUT_MS / 1000} s.`)
  }
  const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
  if (code !== undefined && UNTRUSTED.test(code)) {
    return new Unreachable(
      `The certificate of ${baseUrl} is not trusted (${code}).`,
      'Set NODE_EXTRA_CA_CERTS to the file ca.crt of the keys of the service.',
    )
  }
  if (code !== undefined && CONNECTION_LOST.has(code)) {
    return new Unreachable(`The service at ${baseUrl} closed the connection before it replied (${code}).`)
  }
  return new Unreachable(
    `No service answers at ${baseUrl} (${code ?? message}).`,
    'Start one with `ringback start`, or name its address with --url.',
  )
}

async function readReply<T>(response: Response, baseUrl: string, hasOwnToken: boolean): Promise<T> {
  const text = await response.text().catch((error: unknown) => {
    throw explainFailure(baseUrl, error)
  })
  const body = parseJson(text)
  if (body === NO_JSON) {
    throw new Unreachable(
      `What answers at ${baseUrl} is not Ringback: its reply ${response.status} is not JSON.`,
      'Name the address of the service with --url.',
    )
  }
  if (response.ok) return body as T
  const advice =
    hasOwnToken && response.status === UNAUTHORIZED ? 'Set RINGBACK_TOKEN to a token that is valid.' : undefined
  throw new ApiError(response.status, readMessage(body) ?? `The service replied ${response.status}.`, advice)
}

const NO_JSON = Symbol('no JSON')

function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return NO_JSON
  }
}

/** The message of Graph's error body, or of an OAuth error. */
function readMessage(body: unknown): string | undefined {
  const { error, error_description: description } = (body ?? {}) as {
    readonly error?: { readonly message?: string } | string
    readonly error_description?: string
  }
  return description ?? (typeof error === 'object' ? error.message : undefined)
}

/** Encodes the query of a path, without the values that are undefined. */
export function encodeQuery(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return new URLSearchParams(given).toString()
}
