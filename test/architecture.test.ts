import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { transitionDiagram } from '../shared/calls/transitions.js'

// The arrows of ARCHITECTURE.md: what each part may import, beside itself. Packages count where they are named.

const ARROWS: Record<string, readonly string[]> = {
  'shared/calls': [],
  'shared/simulator': [],
  'shared/delivery/schedule.ts': [],
  'shared/graph': ['shared/calls', 'zod'],
  'shared/storage': ['shared/calls', '@azure/data-tables', '@azure/identity', '@azure/storage-queue', 'node'],
  'shared/access': [
    'shared/graph',
    'shared/storage',
    '@azure/identity',
    '@azure/keyvault-keys',
    'jose',
    'uuid',
    'zod',
    'node',
  ],
  'shared/delivery': [
    'shared/delivery/schedule.ts',
    'shared/graph',
    'shared/storage',
    'shared',
    'undici',
    'ipaddr.js',
    '@opentelemetry/api',
    'node',
  ],
  shared: [
    'shared/calls',
    'shared/simulator',
    'shared/graph',
    'shared/storage',
    'shared/access',
    'shared/delivery',
    '@azure/functions',
    '@azure/identity',
    '@azure/monitor-opentelemetry-exporter',
    ...['api', 'context-async-hooks', 'core', 'resources', 'sdk-metrics', 'sdk-trace-base'].map(
      (one) => `@opentelemetry/${one}`,
    ),
    'zod',
    'uuid',
    'node',
  ],
  functions: [
    'shared',
    'shared/calls',
    'shared/simulator',
    'shared/graph',
    'shared/access',
    'shared/delivery',
    '@azure/functions',
    'zod',
    'uuid',
  ],
  'local-host': ['@azure/functions', '@azure/storage-queue', 'node-forge', 'node'],
  'examples/bot': ['jose', 'node'],
  'examples/demo': ['local-host', 'node'],
}

test('the arrows run one way', () => {
  const wrong: string[] = []
  for (const file of sources()) {
    const from = partOf(file)
    for (const to of importsOf(file)) {
      if (to !== from && !ARROWS[from]?.includes(to)) wrong.push(`${file} imports ${to}`)
    }
  }
  expect(wrong).toEqual([])
})

test('no part is left out of the picture, and none is drawn that is not there', () => {
  expect([...new Set(sources().map(partOf))].toSorted()).toEqual(Object.keys(ARROWS).toSorted())
})

test("the README's diagram is the transition table", () => {
  const [, drawn] = /```mermaid\n(stateDiagram-v2[\s\S]*?)\n```/.exec(readFileSync('README.md', 'utf8')) ?? []
  expect(drawn).toBe(transitionDiagram())
})

function sources(): string[] {
  return ['shared', 'functions', 'local-host', 'examples'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  )
}

/** The longest part that a file lies in. */
function partOf(file: string): string {
  const parts = Object.keys(ARROWS).filter((part) => file === part || file.startsWith(`${part}/`))
  return parts.toSorted((a, b) => b.length - a.length)[0] ?? file
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:\bfrom |^import |\bimport\()'([^']+)'/gm)].map(([, target = '']) => {
    if (target.startsWith('.')) return partOf(normalize(join(dirname(file), target)).replace(/\.js$/, '.ts'))
    if (target.startsWith('node:')) return 'node'
    return target
      .split('/')
      .slice(0, target.startsWith('@') ? 2 : 1)
      .join('/')
  })
}
