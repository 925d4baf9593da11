import { createHash } from 'node:crypto'
import type { Endpoint } from '../http/endpoint.js'
import type { Settings } from '../service/config.js'
import { buildDocument } from './document.js'

/** The document as it is served. */
interface ServedDocument {
  readonly etag: string
  readonly document: object
}

const served = new WeakMap<Settings, ServedDocument>()

/** Returns the document of the endpoints that these settings enable. It is built when it is first requested. */
export function serveDocument(endpoints: readonly Endpoint[], settings: Settings): ServedDocument {
  const known = served.get(settings)
  if (known) return known
  const document = buildDocument(endpoints.filter(({ isEnabled }) => !isEnabled || isEnabled(settings)))
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('base64url')
  const created = { etag: `"${hash}"`, document }
  served.set(settings, created)
  return created
}
