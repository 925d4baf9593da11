import type { LookupFunction } from 'node:net'
import type { Dispatcher } from 'undici'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'

/** What decides which URLs may be requested, and where they lead. */
export type UrlPolicy = Pick<CallbackUrlPolicy, 'findProblem' | 'lookup' | 'rewrite'>

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  readonly body?: string
  /** Ends the request, and also the response while its body is read. */
  readonly signal: AbortSignal
}

/**
 * Sends a request, and follows no redirect.
 *
 * @throws Error when the callback URL policy refuses the URL, and when there is no response
 */
export type HttpClient = (url: string, request: HttpRequest) => Promise<Dispatcher.ResponseData>

/** @param policy checks every connection, because a name may resolve to another address than when the URL was given */
export function createHttpClient(policy: UrlPolicy): HttpClient {
  let loading: Promise<HttpClient> | undefined
  return async (url, request) => {
    const problem = policy.findProblem(url)
    if (problem) throw new Error(`the callback URL ${problem}`)
    loading ??= loadUndici(policy.lookup)
    const sendRequest = await loading
    return sendRequest(policy.rewrite(url), request)
  }
}

/**
 * Loads undici with the first request, not at startup: the library is large, and loading it would delay the first
 * request to a new instance.
 */
async function loadUndici(lookup: LookupFunction): Promise<HttpClient> {
  // The default export: undici is CommonJS, and the bundle has no named exports for it.
  const { Agent, request } = (await import('undici')).default
  // The agent keeps connections open between requests. Each request has its own timeout, so the agent has none.
  const dispatcher = new Agent({ allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect: { lookup } })
  return (url, options) => request(url, { dispatcher, ...options })
}
