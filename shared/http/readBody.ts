import type { HttpRequest } from '@azure/functions'
import { invalidRequest, tooLarge } from '../graph/errors.js'
import { MAX_BODY_BYTES, parseBody } from '../graph/requests/parse.js'
import type { Endpoint } from './endpoint.js'

/**
 * Reads the body as its endpoint defines it; undefined for an endpoint without one.
 *
 * @throws GraphError 400 for a body that is not valid, 413 for one over MAX_BODY_BYTES
 */
export async function readBody({ body, bodyType }: Endpoint, request: HttpRequest): Promise<unknown> {
  if (!body && bodyType === undefined) return undefined
  const text = decodeUtf8(await readBytes(request))
  return body ? parseBody(body, text) : text
}

async function readBytes(request: HttpRequest): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidRequest('The request body is not valid UTF-8.')
  }
}
