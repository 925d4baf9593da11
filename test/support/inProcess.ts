import { glob } from 'node:fs/promises'
import { HttpRequest, InvocationContext } from '@azure/functions'
import { handleRequest, noSuchEndpoint } from '../../shared/http/handleRequest.js'
import { registeredEndpoints } from '../../shared/http/registerEndpoint.js'
import { respond } from '../../shared/http/respond.js'

// Requests without a host, to the service that a test has put in the place of the process's own (getService).

export interface InProcessRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}
export interface InProcessAnswer {
  readonly status: number
  readonly body: string
}

/** Lets every function of the API say what it is. */
export async function registerFunctions(): Promise<void> {
  for await (const file of glob('functions/*/**/*.ts')) await import(`../../${file}`)
  await import('../../functions/health.js')
}

export async function askInProcess(
  token: string,
  { method, path, headers, body }: InProcessRequest,
): Promise<InProcessAnswer> {
  // Not a base URL: `//?x=1` would be taken for a host.
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
  // As the host routes, with what no route takes.
  const endpoint = registeredEndpoints().find((one) => one.method === method && one.route.match(pathname))
  const answering = endpoint
    ? handleRequest(endpoint, request, invocation)
    : respond('unknown-path', request, invocation, async () => {
        throw noSuchEndpoint(method, pathname)
      })
  const { status = 200, jsonBody } = await answering
  return { status, body: jsonBody === undefined ? '' : JSON.stringify(jsonBody) }
}
