import { glob } from 'node:fs/promises'
import { HttpRequest, InvocationContext } from '@azure/functions'
import { handleRequest, noSuchEndpoint } from '../../shared/http/handleRequest.js'
import { registeredEndpoints } from '../../shared/http/registerEndpoint.js'
import { respond } from '../../shared/http/respond.js'

// Requests to the API in this process, without a host. The test replaces the service of the process (getService).

export interface InProcessRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}
export interface InProcessReply {
  readonly status: number
  readonly body: string
}

/** Registers every function of the API. */
export async function registerFunctions(): Promise<void> {
  for await (const file of glob('functions/*/**/*.ts')) await import(`../../${file}`)
  await import('../../functions/health.js')
}

export async function requestInProcess(
  token: string,
  { method, path, headers, body }: InProcessRequest,
): Promise<InProcessReply> {
  // A string, since `new URL(path, base)` takes the path `//?x=1` for a host.
  const url = new URL(`http://localhost${path}`)
  const authorization = `Bearer ${token}`
  const request = new HttpRequest({
    method,
    url: url.href,
    headers: { ...headers, authorization },
    ...(body && { body: { bytes: body } }),
  })
  const invocation = new InvocationContext({ functionName: 'test', logHandler: () => undefined })
  const { pathname } = new URL(request.url)
  // The host routes in the same way; `unknownPath` takes what no route matches.
  const endpoint = registeredEndpoints().find(
    (candidate) => candidate.method === method && candidate.route.match(pathname),
  )
  const response = endpoint
    ? handleRequest(endpoint, request, invocation)
    : respond('unknown-path', request, invocation, async () => {
        throw noSuchEndpoint(method, pathname)
      })
  const { status = 200, jsonBody } = await response
  return { status, body: jsonBody === undefined ? '' : JSON.stringify(jsonBody) }
}
