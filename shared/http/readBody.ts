import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { invalidRequest, tooLarge, unsupportedMediaType } from '../graph/errors.js'
import { decodeUtf8, MAX_BODY_BYTES, parseBody } from '../graph/requests/parse.js'
import type { FileBody } from '../graph/requests/speechBody.js'
import type { Endpoint } from './endpoint.js'
import type { IncomingRequest } from './incoming.js'

type Decode = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>
/** The content codings that are read (RFC 9110, 8.4.1). Graph's Go library compresses every body with gzip. */
const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
}
const SUPPORTED_CODINGS = 'gzip, deflate or br'
/** ASCII is a part of UTF-8. */
const CHARSETS = ['utf-8', 'utf8', 'us-ascii']

/**
 * Reads the body as its endpoint defines it; undefined for an endpoint without one.
 *
 * @param onRead called with the text of the body, before it is checked
 * @throws GraphError 400 for a body that is not valid, 413 for one over its limit, compressed or not, 415 for a
 * content coding or a charset that is not supported
 */
export async function readBody(
  endpoint: Endpoint,
  request: IncomingRequest,
  onRead: (text?: string) => void = () => undefined,
): Promise<unknown> {
  const { body, bodyType, maxBodyBytes = MAX_BODY_BYTES } = endpoint
  if (!body && bodyType === undefined) {
    onRead()
    return undefined
  }
  const contentType = request.headers.get('content-type') ?? ''
  requireUtf8(contentType)
  const codings = readCodings(request.headers.get('content-encoding') ?? '')
  let bytes: Uint8Array = await readBytes(request, maxBodyBytes)
  // The codings are listed in the order in which they were applied.
  for (const coding of codings.toReversed()) bytes = await decodeBytes(coding, bytes, maxBodyBytes)
  if (bodyType === 'file') {
    onRead(`(${bytes.length} bytes)`)
    return { contentType: contentType.toLowerCase(), bytes } satisfies FileBody
  }
  const text = decodeUtf8(bytes)
  onRead(text)
  return body ? parseBody(body, text) : text
}

/** How much of an oversized body is read and discarded, so that the client gets the 413 and not a connection reset. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024

async function readBytes(request: IncomingRequest, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
    else if (size > MAX_DISCARDED_BYTES) break
  }
  if (size > limit) throw tooLarge(limit)
  return Buffer.concat(chunks)
}

/** Clients compress once. Each coding costs the time of the whole body. */
const MAX_CODINGS = 2

function readCodings(header: string): string[] {
  const codings = header
    .toLowerCase()
    .split(',')
    .flatMap((coding) => coding.trim() || [])
  const unsupported = codings.find((coding) => coding !== 'identity' && !Object.hasOwn(DECODERS, coding))
  if (unsupported !== undefined) {
    throw unsupportedMediaType(`Content-Encoding: ${unsupported} is not supported; use ${SUPPORTED_CODINGS}, or none.`)
  }
  const applied = codings.filter((coding) => coding !== 'identity')
  if (applied.length <= MAX_CODINGS) return applied
  throw unsupportedMediaType(`Content-Encoding: has ${applied.length} codings; use at most ${MAX_CODINGS}.`)
}

async function decodeBytes(coding: string, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const decode = DECODERS[coding]
  // Some clients announce a coding for an empty body.
  if (!decode || bytes.length === 0) return bytes
  try {
    return await decode(bytes, { maxOutputLength: limit })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw invalidRequest(`The request body is not valid ${coding}, which Content-Encoding announces.`)
  }
}

function requireUtf8(contentType: string): void {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType) ?? []
  if (charset === undefined || CHARSETS.includes(charset.toLowerCase())) return
  throw unsupportedMediaType(`Content-Type: the charset ${charset.slice(0, 64)} is not supported; use utf-8.`)
}
