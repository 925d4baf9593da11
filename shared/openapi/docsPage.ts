import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Reply } from '../graph/dialects/dialect.js'
import { notFound } from '../graph/errors.js'
import type { RequestContext } from '../http/endpoint.js'
import { readPageFile } from '../inspector/pageFiles.js'

// The reference page, which scripts/docsPage.ts builds from the OpenAPI document.

const FOLDER = 'docs'
/** The page has no script. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
}

type PageRequest = Pick<RequestContext<unknown>, 'acceptEncoding' | 'ifNoneMatch'>

/** Replies with the page, which is stored compressed. @throws GraphError 404 when it has not been built */
export async function replyWithDocsPage({ acceptEncoding, ifNoneMatch }: PageRequest): Promise<Reply> {
  const compressed = await readDocsFile('index.html.gz')
  const isAccepted = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(acceptEncoding)
  const content = isAccepted ? compressed : await promisify(gunzip)(compressed)
  const coding = { Vary: 'Accept-Encoding', ...(isAccepted && { 'Content-Encoding': 'gzip' }) }
  return replyWithFile({ type: 'text/html; charset=utf-8', content }, ifNoneMatch, coding)
}

/** Replies with the stylesheet of the page. @throws GraphError 404 when it has not been built */
export async function replyWithDocsStyle({ ifNoneMatch }: PageRequest): Promise<Reply> {
  return replyWithFile({ type: 'text/css; charset=utf-8', content: await readDocsFile('style.css') }, ifNoneMatch)
}

async function readDocsFile(name: string): Promise<Buffer> {
  const content = await readPageFile(FOLDER, name)
  if (!content) throw notFound('The reference page is not built. Run npm run build.')
  return content
}

function replyWithFile(file: NonNullable<Reply['file']>, ifNoneMatch: string, coding: object = {}): Reply {
  const etag = `"${createHash('sha256').update(file.content).digest('base64url')}"`
  const headers = { ...HEADERS, ...coding, ETag: etag }
  return ifNoneMatch === etag ? { status: 304, headers } : { status: 200, file, headers }
}
