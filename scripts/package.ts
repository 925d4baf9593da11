/**
 * `npm run package [-- DIRECTORY]` replaces the directory (default `package`) by all that a Function App needs. The
 * functions and what they use are one file, so that an instance reads little when it starts; what is rarely used is in
 * files of its own. The script fails if the package is larger than 3 MiB.
 */
import { copyFileSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { buildDocsPage } from './docsPage.ts'
import { buildInspectorPage } from './inspectorPage.ts'
import { readOptions } from './options.ts'
import { replacePackage } from './packageDirectory.ts'

/** Keeps the start of an instance quick. Source maps do not count: Node.js reads them only if it is told to. */
const MAX_BYTES = 3 * 1024 * 1024

const USAGE = 'Usage: npm run package [-- DIRECTORY]'

const { positionals } = readOptions({ usage: USAGE, options: {}, maxPositionals: 1 })
const directory = positionals[0] ?? 'package'
const { name, version, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
const manifest = { name, version, private: true, type: 'module', main: 'index.js', engines }
replacePackage(directory, manifest, 'main', USAGE)
await build({
  stdin: {
    contents: globSync('functions/**/*.ts')
      .toSorted()
      .map((file) => `import './${file}'`)
      .join('\n'),
    resolveDir: '.',
    sourcefile: 'index.ts',
  },
  outdir: directory,
  entryNames: 'index',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  // The Functions worker provides this module at run time; no package of this name exists.
  external: ['@azure/functions-core'],
  // CommonJS libraries load Node's modules, and the one above, by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
await buildInspectorPage(join(directory, 'inspector'))
await buildDocsPage(join(directory, 'docs'))
copyFileSync('host.json', join(directory, 'host.json'))
copyFileSync('LICENSE', join(directory, 'LICENSE'))

const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
  (file) => !/\.map$|LEGAL\.txt$/.test(file),
)
const bytes = files.reduce((sum, file) => sum + sizeOf(file), 0)
console.log(
  `${directory}/: ${kilobytes(bytes)} in ${files.length} files, ${kilobytes(sizeOf('index.js'))} read at the start`,
)
if (bytes > MAX_BYTES) {
  console.error(
    `The package is larger than ${kilobytes(MAX_BYTES)}: find what was added to the bundle, or load it when used.`,
  )
  process.exit(1)
}

function sizeOf(file: string): number {
  const stat = statSync(join(directory, file))
  return stat.isFile() ? stat.size : 0
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
