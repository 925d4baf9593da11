import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Reply } from '../graph/dialects/dialect.js'
import { notFound } from '../graph/errors.js'

// The files of the pages, which scripts/buildPages.ts builds.

/** Where their folders are, seen from this module: in dist, or from a file or a chunk of the package. */
const PARENTS = ['../../', './', '../']
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
  // In the sources, the folder has another index.html, but no script.
  const content = fileName && (await readPageFile('inspector', fileName, 'app.js'))
  if (!content) throw notFound('The inspector is not built. Run npm run build.')
  return { status: 200, file: { type: TYPES[fileName], content }, headers: HEADERS }
}

/**
 * Reads a file of a page.
 *
 * @param folder the folder of the page
 * @param built a file that exists only where the page has been built
 * @returns undefined when the page has not been built
 */
export async function readPageFile(folder: string, name: string, built = name): Promise<Buffer | undefined> {
  const folders = PARENTS.map((parent) => new URL(`${parent}${folder}/`, import.meta.url))
  const found = folders.find((url) => existsSync(new URL(built, url)))
  return found && readFile(fileURLToPath(new URL(name, found)))
}
