import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'
import { renderStateDiagram } from '../../shared/calls/rules.js'

// The layers of ARCHITECTURE.md, the highest first, with the packages that each folder may use. A folder imports only
// from lower layers, types included. So no import goes upward, and no folders form a circle.
const LAYERS: readonly Readonly<Record<string, readonly string[]>>[] = [
  { functions: ['@azure/functions'] },
  { 'shared/openapi': ['node', 'zod'] },
  { 'shared/http': ['@azure/functions', 'node', 'zod'] },
  { 'shared/service': ['node', 'uuid', 'zod'] },
  { 'shared/engine': [], 'shared/inspector': ['node'] },
  {
    'shared/auth': ['@azure/identity', '@azure/keyvault-keys', 'jose', 'node', 'uuid', 'zod'],
    'shared/delivery': ['@opentelemetry/api', 'ipaddr.js', 'node', 'undici'],
  },
  {
    'shared/graph': ['zod'],
    'shared/inspection': [],
    'shared/storage': ['@azure/data-tables', '@azure/identity', '@azure/storage-blob', '@azure/storage-queue', 'node'],
  },
  {
    'shared/calls': [],
    'shared/simulator': [],
    'shared/platform': ['@azure/identity', '@azure/monitor-opentelemetry-exporter', '@opentelemetry/*'],
  },
]
/** The folders that run the functions or call them over HTTP. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  hosting: ['node', 'node-forge'],
  'local-host': ['@azure/functions', '@azure/storage-queue', 'hosting', 'node'],
  embedded: [
    ...['@azure/functions', 'hosting', 'node', 'shared/auth', 'shared/engine', 'shared/http', 'shared/inspection'],
    ...['shared/platform', 'shared/service', 'shared/storage'],
  ],
  testing: [
    ...['@azure/functions', 'embedded', 'hosting', 'node', 'shared/auth', 'shared/calls', 'shared/inspection'],
    ...['shared/inspector', 'shared/platform', 'shared/service', 'shared/simulator', 'shared/storage'],
  ],
  'examples/bot': ['jose', 'node'],
  'examples/demo': ['local-host', 'node'],
  // The command line shares the types of the replies and what renders them.
  cli: [
    'commander',
    'embedded',
    'hosting',
    'node',
    'shared/calls',
    'shared/graph',
    'shared/inspection',
    'shared/platform',
    'shared/service',
    'shared/simulator',
    'yaml',
    'zod',
  ],
  // The page shares the types of its replies and what draws a diagram, and writes WAV files as people do.
  inspector: ['preact', 'shared/calls', 'shared/inspection', 'shared/simulator'],
  scripts: ['@scalar/openapi-to-markdown', 'esbuild', 'marked', 'node'],
  bench: ['@azure/data-tables', '@azure/storage-queue', 'esbuild', 'local-host', 'node'],
}

const packages: Readonly<Record<string, readonly string[]>> = Object.assign({}, ...LAYERS, OUTSIDE)
const rankOf = new Map(LAYERS.flatMap((layer, index) => Object.keys(layer).map((folder) => [folder, index] as const)))
const FOLDERS = 'shared,functions,cli,hosting,local-host,embedded,testing,examples,scripts,bench,inspector'
const files = globSync(`{${FOLDERS}}/**/*.{ts,tsx}`)

/** The known folder of a file, or the path of the file when it is in none. */
const folderOf = (file: string): string => Object.keys(packages).find((folder) => file.startsWith(`${folder}/`)) ?? file

/** The imports of a file: sources of the project, and names of packages. */
function listImports(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const imports = text.matchAll(/(?:\bfrom |^import |\bimport\()'([^']+)'/gm)
  const targets = [...imports].map(([, target = '']) => target).filter((target) => !target.endsWith('.css'))
  return targets.map((target) => {
    if (target.startsWith('.')) return resolveImport(normalize(join(dirname(file), target)))
    if (target.startsWith('node:')) return 'node'
    const depth = target.startsWith('@') ? 2 : 1
    return target.split('/').slice(0, depth).join('/')
  })
}

/** A module is imported by the name of its compiled file. */
function resolveImport(target: string): string {
  const sources = ['.ts', '.tsx'].map((extension) => target.replace(/\.js$/, extension))
  return sources.find((source) => existsSync(source)) ?? target
}

const mayUse = (folder: string, name: string): boolean =>
  packages[folder]?.some((allowed) =>
    allowed.endsWith('/*') ? name.startsWith(allowed.slice(0, -1)) : name === allowed,
  ) === true

/** For each folder, the other folders and the packages from which it imports. */
const arrows = new Map<string, Set<string>>()
for (const file of files) {
  const from = folderOf(file)
  const targets = arrows.get(from) ?? new Set<string>()
  for (const target of listImports(file)) {
    const to = /\.tsx?$/.test(target) ? folderOf(target) : target
    if (to !== from) targets.add(to)
  }
  arrows.set(from, targets)
}

test('each folder imports only from lower layers and from its packages', () => {
  const wrong = [...arrows].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => {
        const [rank, target] = [rankOf.get(from), rankOf.get(to)]
        const isDownward = rank !== undefined && target !== undefined && rank < target
        return !isDownward && !mayUse(from, to)
      })
      .map((to) => `${from} -> ${to}`),
  )
  printGraph()
  expect(wrong).toEqual([])
})

test('shared/calls and shared/simulator import nothing from other folders or packages', () => {
  expect([...(arrows.get('shared/calls') ?? []), ...(arrows.get('shared/simulator') ?? [])]).toEqual([])
})

test('every folder belongs to a layer, and shared/ contains only folders', () => {
  expect([...arrows.keys()].toSorted()).toEqual(Object.keys(packages).toSorted())
  expect(globSync('shared/*.ts')).toEqual([])
})

test('no files import each other in a circle, including type imports', () => {
  const done = new Set<string>()
  const findCircle = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const target of listImports(file).filter((name) => /\.tsx?$/.test(name))) {
      const circle = findCircle(target, [...path, file])
      if (circle) return circle
    }
    done.add(file)
    return undefined
  }
  expect(files.flatMap((file) => findCircle(file, []) ?? [])).toEqual([])
})

test('the lint rules forbid the imports that the layers forbid', () => {
  const { overrides } = JSON.parse(readFileSync('biome.json', 'utf8'))
  for (const [folder, rank] of rankOf) {
    const forbidden = [...rankOf]
      .filter(([other, otherRank]) => other !== folder && otherRank <= rank)
      .map(([other]) => other)
    const override = overrides.find(({ includes }: { includes: string[] }) => includes.includes(`${folder}/**`))
    const groups: string[] = override?.linter.rules.style.noRestrictedImports.options.patterns[0].group ?? []
    expect(groups.toSorted(), folder).toEqual(
      forbidden.map((other) => `**/${relative('shared', other).replace('../', '')}/**`).toSorted(),
    )
  }
})

test('the state diagram of docs/api.md shows the table of rules', () => {
  const [, drawn] = /```mermaid\n(stateDiagram-v2[\s\S]*?)\n```/.exec(readFileSync('docs/api.md', 'utf8')) ?? []
  expect(drawn).toBe(renderStateDiagram())
})

function printGraph(): void {
  const isFolder = (name: string) => name in packages
  const lines = [...arrows].map(
    ([from, to]) => `${from.padEnd(18)} -> ${[...to].filter(isFolder).toSorted().join(', ') || '-'}`,
  )
  console.log(lines.toSorted().join('\n'))
}
