/**
 * `npm run package:npm [-- DIRECTORY]` replaces the directory (default `npm-package`) by the npm package: the command
 * line and the test kit with all that they use, so that it has no dependencies. `npm pack ./npm-package` makes the
 * tarball. The package has a manifest of its own: `main` of package.json is a pattern of functions, which only a
 * Functions host understands.
 */
import { copyFileSync, globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { buildDocsPage } from './docsPage.ts'
import { buildInspectorPage } from './inspectorPage.ts'
import { readOptions } from './options.ts'
import { replacePackage } from './packageDirectory.ts'

/** Keeps the download small. */
const MAX_BYTES = 6 * 1024 * 1024
const USAGE = 'Usage: npm run package:npm [-- DIRECTORY]'
/** What only a Functions host uses. */
const FOR_HOSTS = /^functions\/(index|unknownPath|sweepCalls)\./
/** Packages whose manifest names the MIT license and the author, without a file with its text. */
const WITHOUT_LICENSE_FILE = ['@nodable/entities']
const BIN = { ringback: 'lib/cli.js' }
const WITHOUT_HOST = resolve('embedded/withoutHost.ts')

/** Makes the functions a part of the bundle, and leaves out what connects them with a Functions host. */
const withoutHost: Plugin = {
  name: 'without a Functions host',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@azure\/functions$|\/processService\.js$/ }, () => ({ path: WITHOUT_HOST }))
    onLoad({ filter: /embedded\/functions\.ts$/ }, ({ path }) => {
      const files = globSync('functions/**/*.ts').filter((file) => !FOR_HOSTS.test(file))
      const imports = files.toSorted().map((file) => `import '../${file}'\n`)
      return {
        contents: `${imports.join('')}export const loadFunctions = async () => {}`,
        loader: 'ts',
        resolveDir: join(path, '..'),
      }
    })
  },
}

const { positionals } = readOptions({ usage: USAGE, options: {}, maxPositionals: 1 })
const DIRECTORY = positionals[0] ?? 'npm-package'
replacePackage(DIRECTORY, createManifest(), 'bin', USAGE)

const COMMON: BuildOptions & { metafile: true } = {
  outdir: join(DIRECTORY, 'lib'),
  bundle: true,
  platform: 'node',
  target: 'node22',
  minify: true,
  keepNames: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  plugins: [withoutHost],
}

const modules = await build({
  ...COMMON,
  entryPoints: { cli: 'cli/main.ts', testing: 'testing/index.ts' },
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  format: 'esm',
  // CommonJS libraries load Node's modules by require.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
})
// Jest loads CommonJS only.
const commonJs = await build({
  ...COMMON,
  entryPoints: { testing: 'testing/index.ts' },
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__moduleUrl' },
  banner: { js: "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
})
const inspector = await buildInspectorPage(join(DIRECTORY, 'lib/inspector'))
await buildDocsPage(join(DIRECTORY, 'lib/docs'))
// The file has types only, so it is its own declaration.
for (const extension of ['d.ts', 'd.cts']) copyFileSync('testing/types.ts', join(DIRECTORY, `lib/testing.${extension}`))
for (const file of ['LICENSE', 'CHANGELOG.md']) copyFileSync(file, join(DIRECTORY, file))
// Editors read it from the folder of the package.
copyFileSync('cli/scenarios/scenario.schema.json', join(DIRECTORY, 'scenario.schema.json'))
copyFileSync('docs/npm.md', join(DIRECTORY, 'README.md'))
writeFileSync(join(DIRECTORY, 'LICENSES.txt'), collectLicenses([modules, commonJs, inspector]))
addShebang()
reportSize()

/** The chunks share the banner of esbuild, and may not have it. */
function addShebang(): void {
  const file = join(DIRECTORY, 'lib/cli.js')
  writeFileSync(file, `#!/usr/bin/env node\n${readFileSync(file, 'utf8')}`)
}

/** All files of the directory belong to the package. */
function createManifest() {
  const { name, version, description, license, type, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
  return {
    ...{ name, version, description, license, type, engines },
    keywords: ['microsoft-graph', 'microsoft-teams', 'calling', 'bot', 'emulator', 'testing'],
    bin: BIN,
    exports: {
      './testing': {
        import: { types: './lib/testing.d.ts', default: './lib/testing.js' },
        require: { types: './lib/testing.d.cts', default: './lib/testing.cjs' },
      },
      './scenario.schema.json': './scenario.schema.json',
      './package.json': './package.json',
    },
    files: ['lib', 'scenario.schema.json', 'CHANGELOG.md', 'LICENSES.txt'],
    publishConfig: { access: 'public' },
  }
}

/**
 * The licenses of all bundled packages.
 *
 * @throws Error when the text of one is missing
 */
function collectLicenses(results: readonly { readonly metafile: Metafile }[]): string {
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs))
  const packages = new Set(inputs.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const texts = [...packages].toSorted().map((directory) => {
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${readLicense(directory, manifest)}\n`
  })
  return `This package contains the following packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function readLicense(directory: string, { name, license, author }: Record<string, unknown>): string {
  if (WITHOUT_LICENSE_FILE.includes(String(name)) && license === 'MIT' && typeof author === 'string') {
    return readFileSync('LICENSE', 'utf8')
      .trim()
      .replace(/^Copyright .*$/m, `Copyright (c) ${author}`)
  }
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? readFileSync(join(directory, file), 'utf8').trim() : ''
  if (text === '') throw new Error(`${name} has no file with its license. Add its text to LICENSES.txt.`)
  return text
}

function reportSize(): void {
  const files = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).map((file) => join(DIRECTORY, file))
  const sizes = files.map((file) => statSync(file)).filter((stat) => stat.isFile())
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0)
  console.log(`${DIRECTORY}/: ${Math.round(bytes / 1024)} KiB in ${sizes.length} files`)
  if (bytes <= MAX_BYTES) return
  console.error(`The package is larger than ${MAX_BYTES / 1024} KiB: find what was added to the bundle.`)
  process.exit(1)
}
