import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

/** Keeps the page quick to load, also through a tunnel. */
const MAX_GZIPPED_BYTES = 60_000

/**
 * Builds the page of the inspector: one script, one stylesheet and the HTML. Returns the size of the script and the
 * stylesheet together when they are compressed, in bytes, and what esbuild has bundled.
 *
 * @throws Error when that size is over 60 KB
 */
export async function buildInspectorPage(directory: string): Promise<{ bytes: number; metafile: Metafile }> {
  const { metafile } = await build({
    entryPoints: ['inspector/app.tsx'],
    outdir: directory,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    metafile: true,
    logLevel: 'warning',
  })
  copyFileSync('inspector/index.html', join(directory, 'index.html'))
  const sizes = ['app.js', 'app.css'].map((name) => gzipSync(readFileSync(join(directory, name))).length)
  const bytes = sizes.reduce((sum, size) => sum + size)
  if (bytes > MAX_GZIPPED_BYTES) {
    throw new Error(`The page has ${bytes} bytes when it is compressed, more than ${MAX_GZIPPED_BYTES}.`)
  }
  return { bytes, metafile }
}
