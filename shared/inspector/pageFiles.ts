import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

// The files of the page, which scripts/buildInspector.ts builds.

/** Where they are, seen from this module: in dist, or from a file or a chunk of the package. */
const DIRECTORIES = ['../../inspector/', './inspector/', '../inspector/']
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
} as const
type PageFileName = keyof typeof TYPES

export const ASSET_NAMES: readonly PageFileName[] = ['app.js', 'app.css']

interface PageFile {
  readonly type: string
  readonly content: Uint8Array
}

/** Reads a file of the page; undefined when the page has not been built. */
export async function readPageFile(name: PageFileName): Promise<PageFile | undefined> {
  const directory = DIRECTORIES.map((path) => new URL(path, import.meta.url)).find((url) =>
    existsSync(new URL('app.js', url)),
  )
  if (!directory) return undefined
  return { type: TYPES[name], content: await readFile(fileURLToPath(new URL(name, directory))) }
}

/** The page runs its own script and style only, talks to its own service, and plays prompts that it has fetched. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", 'media-src blob:'],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  // A page of an earlier version could not read the replies of this one.
  'Cache-Control': 'no-cache',
}
