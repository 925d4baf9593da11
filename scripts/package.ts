/**
 * What `npm run package` runs: makes the folder `package/` (or the one that is named), which is all that a Function App needs.
 * The functions and what they use are one file, so that little is read when an instance starts; what is rarely used lies in
 * files of its own.
 */
import { copyFileSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const DIRECTORY = process.argv[2] ?? 'package'
/** So that a start stays quick. Source maps, which are read when something fails, don't count. */
const MAX_BYTES = 3 * 1024 * 1024

const { name, version, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
rmSync(DIRECTORY, { recursive: true, force: true })
mkdirSync(DIRECTORY, { recursive: true })
await build({
  stdin: {
    contents: globSync('functions/**/*.ts')
      .toSorted()
      .map((file) => `import './${file}'`)
      .join('\n'),
    resolveDir: '.',
    sourcefile: 'index.ts',
  },
  outdir: DIRECTORY,
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
  // The worker gives it to the library; nobody else has it.
  external: ['@azure/functions-core'],
  // Libraries that are CommonJS ask for Node's modules, and the one above, by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
copyFileSync('host.json', join(DIRECTORY, 'host.json'))
copyFileSync('LICENSE', join(DIRECTORY, 'LICENSE'))
const manifest = { name, version, private: true, type: 'module', main: 'index.js', engines }
writeFileSync(join(DIRECTORY, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)

const files = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter(
  (file) => !/\.map$|LEGAL\.txt$/.test(file),
)
const bytes = files.reduce((sum, file) => sum + sizeOf(file), 0)
console.log(
  `${DIRECTORY}/: ${kilobytes(bytes)} in ${files.length} files, ${kilobytes(sizeOf('index.js'))} of them read at the start`,
)
if (bytes > MAX_BYTES) {
  console.error(`This is more than ${kilobytes(MAX_BYTES)}.`)
  process.exit(1)
}

function sizeOf(file: string): number {
  const stat = statSync(join(DIRECTORY, file))
  return stat.isFile() ? stat.size : 0
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}
