// The requests of the page to the service, with its token.

/** A token is replaced this long before it expires, because a request may take a while to arrive. */
const TOKEN_MARGIN_MS = 60_000
/** Where the token of an operator is kept until the tab is closed. */
const TOKEN_KEY = 'ringback.token'
const TOKEN_PATH = '/common/oauth2/v2.0/token'
const SCOPE = 'https://graph.microsoft.com/.default'
const UNAUTHORIZED = 401
const FORBIDDEN = 403
const NOT_FOUND = 404
const NOT_MODIFIED = 304

export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A reply with the ETag that the next request sends as If-None-Match. */
interface Tagged<T> {
  readonly body: T
  readonly etag?: string
}

export interface Api {
  /** The origin of the service, without a slash at its end. */
  readonly baseUrl: string
  get<T>(path: string): Promise<T>
  /**
   * Undefined when nothing has changed since the reply with this ETag. A token that lacks the permission is forgotten:
   * the page needs what this reads.
   */
  getIfChanged<T>(path: string, etag?: string): Promise<Tagged<T> | undefined>
  getBlob(path: string): Promise<Blob>
  post<T>(path: string, body?: unknown): Promise<T>
  postBytes<T>(path: string, bytes: BodyInit, type: string): Promise<T>
  put<T>(path: string, body: unknown): Promise<T>
  delete<T>(path: string): Promise<T>
}

interface Token {
  readonly value: string
  /** Absent for the token of an operator, which is used until it is refused. */
  readonly expiresAt?: number
}

interface ApiRequest {
  readonly method: string
  readonly body?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

/** `askForToken` asks the operator for a token, when the service issues none. */
export function createApi(baseUrl: string, askForToken: () => Promise<string>): Api {
  const tokens = createTokenSource(baseUrl, askForToken)

  async function send(path: string, request: ApiRequest): Promise<Response> {
    const token = await tokens.get()
    const response = await sendOnce(path, request, token)
    if (response.status !== UNAUTHORIZED) return response
    tokens.forget(token)
    return sendOnce(path, request, await tokens.get())
  }

  function sendOnce(path: string, { headers, ...request }: ApiRequest, token: string): Promise<Response> {
    return fetchOrFail(`${baseUrl}${path}`, { ...request, headers: { ...headers, Authorization: `Bearer ${token}` } })
  }

  async function sendJson<T>(method: string, path: string, body?: unknown): Promise<T> {
    const content =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
    return readJson<T>(await send(path, { method, ...content }))
  }

  return {
    baseUrl,
    get: (path) => sendJson('GET', path),
    getIfChanged: async <T>(path: string, etag?: string) => {
      const headers: Record<string, string> = etag === undefined ? {} : { 'If-None-Match': etag }
      const response = await send(path, { method: 'GET', headers })
      if (response.status === NOT_MODIFIED) return undefined
      if (response.status === FORBIDDEN) tokens.forgetLast()
      return { body: await readJson<T>(response), etag: response.headers.get('ETag') ?? undefined }
    },
    getBlob: async (path) => (await assertOk(await send(path, { method: 'GET' }))).blob(),
    post: (path, body) => sendJson('POST', path, body),
    postBytes: async <T>(path: string, bytes: BodyInit, type: string) =>
      readJson<T>(await send(path, { method: 'POST', body: bytes, headers: { 'Content-Type': type } })),
    put: (path, body) => sendJson('PUT', path, body),
    delete: (path) => sendJson('DELETE', path),
  }
}

/** Requests that need a token at the same time share one, and one question to the operator. */
function createTokenSource(baseUrl: string, askForToken: () => Promise<string>) {
  // One id for the life of the page, so that the log shows its requests as those of one application.
  const clientId = crypto.randomUUID()
  let current: Promise<Token> | undefined
  let usedToken: string | undefined

  async function obtainToken(): Promise<Token> {
    const stored = sessionStorage.getItem(TOKEN_KEY)
    if (stored !== null) return { value: stored }
    const issued = await requestLocalToken(baseUrl, clientId)
    if (issued) return issued
    const value = await askForToken()
    sessionStorage.setItem(TOKEN_KEY, value)
    return { value }
  }

  function refresh(): Promise<Token> {
    const pending = obtainToken()
    current = pending
    pending.catch(() => {
      if (current === pending) current = undefined
    })
    return pending
  }

  return {
    get: async (): Promise<string> => {
      const known = await (current ?? refresh())
      const isFresh = known.expiresAt === undefined || known.expiresAt > Date.now()
      const { value } = isFresh ? known : await refresh()
      usedToken = value
      return value
    },
    forgetLast: (): void => forget(usedToken),
    forget,
  }

  function forget(token: string | undefined): void {
    // Another request may have been refused with this token before, and may ask for the next one already.
    if (token !== usedToken) return
    usedToken = undefined
    current = undefined
    sessionStorage.removeItem(TOKEN_KEY)
  }
}

/** Undefined when the service is not local, and so issues no tokens. */
async function requestLocalToken(baseUrl: string, clientId: string): Promise<Token | undefined> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: 'x',
    scope: SCOPE,
  })
  const response = await fetchOrFail(`${baseUrl}${TOKEN_PATH}`, { method: 'POST', body })
  if (response.status === NOT_FOUND) return undefined
  const token = await readJson<{ access_token: string; expires_in: number }>(response)
  return { value: token.access_token, expiresAt: Date.now() + token.expires_in * 1000 - TOKEN_MARGIN_MS }
}

async function fetchOrFail(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch {
    throw new Error('The service does not answer.')
  }
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await (await assertOk(response)).text()
  // A reply without a body, such as a 204, is undefined.
  return (text === '' ? undefined : JSON.parse(text)) as T
}

async function assertOk(response: Response): Promise<Response> {
  if (response.ok) return response
  throw new Error(readMessage(await response.text()) ?? `The service replied ${response.status}.`)
}

/** The message of Graph's error body, or of an OAuth error. */
function readMessage(text: string): string | undefined {
  try {
    const body = JSON.parse(text)
    return body.error?.message ?? body.error_description
  } catch {
    return undefined
  }
}
