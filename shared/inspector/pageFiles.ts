import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Reply } from '../graph/dialects/dialect.js'
import { notFound } from '../graph/errors.js'

// The files of the page, which scripts/buildInspector.ts builds.

/** Where they are, seen from this module: in dist, or from a file or a chunk of the package. */
const DIRECTORIES = ['../../inspector/', './inspector/', '../inspector/']
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
} as const
const FILE_NAMES = Object.keys(TYPES) as (keyof typeof TYPES)[]

/** The page runs its own script and style only, talks to its own service, and plays prompts that it has fetched. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", 'media-src blob:'],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // A page of an earlier version could not read the replies of this one.
  'Cache-Control': 'no-cache',
}

/**
 * Replies with a file of the page.
 *
 * @param name in any case
 * @throws GraphError 404 when there is no such file, or when the page has not been built
 */
export async function replyWithPageFile(name = ''): Promise<Reply> {
  const fileName = FILE_NAMES.find((known) => known === name.toLowerCase())
  const directory = DIRECTORIES.map((path) => new URL(path, import.meta.url)).find((url) =>
    existsSync(new URL('app.js', url)),
  )
  if (!fileName || !directory) throw notFound('The inspector is not built. Run npm run build.')
  const content = await readFile(fileURLToPath(new URL(fileName, directory)))
  return { status: 200, file: { type: TYPES[fileName], content }, headers: HEADERS }
}
