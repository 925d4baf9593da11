import { glob } from 'node:fs/promises'
import { HttpRequest, InvocationContext } from '@azure/functions'
import { answerUnknownPath } from '../../shared/http/unknownPath.js'
import { getService } from '../../shared/service/processService.js'

// Requests to the API in this process, without a host. The test replaces the service of the process (getService).

export interface InProcessRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}
export interface InProcessReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Registers every function of the API. */
export async function registerFunctions(): Promise<void> {
  for await (const file of glob('functions/*/**/*.ts')) await import(/* @vite-ignore */ `../../${file}`)
  await import('../../functions/health.js')
}

export async function requestInProcess(
  token: string,
  { method, path, headers: sent, body }: InProcessRequest,
): Promise<InProcessReply> {
  // A string, since `new URL(path, base)` takes the path `//?x=1` for a host.
  const url = new URL(`http://localhost${path}`)
  const authorization = `Bearer ${token}`
  const request = new HttpRequest({
    method,
    url: url.href,
    headers: { ...sent, authorization },
    ...(body && { body: { bytes: body } }),
  })
  const invocation = new InvocationContext({ functionName: 'test', logHandler: () => undefined })
  // The catch-all finds the endpoint of any path, as it does for a path with doubled slashes.
  const { status = 200, headers, jsonBody, body: file } = await answerUnknownPath({ request, invocation, getService })
  const text = jsonBody === undefined ? '' : JSON.stringify(jsonBody)
  const content = file instanceof Uint8Array ? Buffer.from(file).toString('latin1') : text
  return { status, headers: { ...(headers as Record<string, string>) }, body: content }
}
