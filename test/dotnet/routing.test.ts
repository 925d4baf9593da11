import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { provideFunctionsCore } from '../../local-host/functionsCore.js'
import { createRouter, type RoutedFunction } from '../../local-host/routes.js'
import type { Endpoint } from '../../shared/http/endpoint.js'
import { CLIENTS, QUIET } from './clients.js'

// The router of the real Functions host is ASP.NET Core's. Our routes must mean there what they mean in the local host.

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const CATCH_ALL = 'unknown-path'

let router: ChildProcess
let port: number
let endpoints: readonly Endpoint[]
let localRouter: ReturnType<typeof createRouter>

beforeAll(async () => {
  const functions = await registeredFunctions()
  localRouter = createRouter(functions, '')
  router = spawn('dotnet', [CLIENTS, 'routing'], {
    env: { ...process.env, ...QUIET },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  router.stdin?.write(`${JSON.stringify(functions)}\n`)
  let printed = ''
  router.stdout?.on('data', (text) => (printed += text))
  while (!/listens on \S+\n/.test(printed) && router.stdout) await once(router.stdout, 'data')
  port = Number(/:(\d+)/.exec(printed)?.[1])
})
afterAll(() => void router?.kill())

/** The HTTP functions, with what they really tell the host. */
async function registeredFunctions(): Promise<RoutedFunction[]> {
  const core = provideFunctionsCore(() => {})
  for await (const file of glob('functions/**/*.ts')) await import(/* @vite-ignore */ `../../../${file}`)
  endpoints = (await import('../../shared/http/registerEndpoint.js')).registeredEndpoints()
  return core.functions
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .map(({ name, trigger }) => ({ name, route: trigger.route, methods: trigger.methods ?? [] }))
}

/** The function that the real router chooses; the path goes out as it is. */
async function realRoute(method: string, path: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, method, path }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.headers.function ?? `${response.statusCode}`
}

const localRoute = (method: string, path: string): string =>
  localRouter(method, path.split('?')[0] ?? '')?.fn.name ?? '404'

/** The function whose address this is. */
function meant(method: string, path: string): string {
  const owners = endpoints.filter((one) => one.method === method && one.route.match(path))
  expect(owners.length, `${method} ${path} is the address of ${owners.map(({ name }) => name)}`).toBeLessThan(2)
  return owners[0]?.name ?? CATCH_ALL
}

async function expectRoute(method: string, path: string, name: string): Promise<void> {
  const [real, local] = [await realRoute(method, path), localRoute(method, path)]
  expect({ method, path, real, local }).toEqual({ method, path, real: name, local: name })
}

const id = () => randomUUID()
/** A path that means this endpoint, with every parameter filled in. */
const fill = (text: string) =>
  text.replaceAll(/\{(\w+)(?::([^}]+))?\}/g, (_, __, words?: string) =>
    words ? String(words.split('|').at(-1)) : id(),
  )
const spellings: [how: string, spell: (path: string) => string][] = [
  ['as it is', (path) => path],
  ['in upper case', (path) => path.toUpperCase()],
  ['with a slash at its end', (path) => `${path}/`],
  ['with a query', (path) => `${path}?callId=other&action=other`],
  ['with escapes', (path) => path.replaceAll(/[aeiou]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ['by way of another folder', (path) => `/elsewhere/..${path.replaceAll('/', '/./')}`],
]

test.each(spellings)('every endpoint gets its own requests, %s', async (_, spell) => {
  expect(endpoints.length).toBeGreaterThan(30)
  for (const { name, method, route } of endpoints) await expectRoute(method, spell(`/${fill(route.text)}`), name)
})

test('every choice of words in a path leads to its endpoint', async () => {
  for (const { name, method, route } of endpoints) {
    for (const [part, words] of route.text.matchAll(/\{\w+:([^}]+)\}/g)) {
      for (const word of (words ?? '').split('|')) {
        await expectRoute(method, `/${fill(route.text.replace(part, word))}`, name)
      }
    }
  }
})

test('every endpoint leaves other methods alone', async () => {
  for (const { route } of endpoints) {
    const path = `/${fill(route.text)}`
    for (const method of METHODS) await expectRoute(method, path, meant(method, path))
  }
})

/** What is almost this path: a segment is another, is missing, is twice there, or has something before or after it. */
function neighbours(path: string): string[] {
  const segments = path.split('/').slice(1)
  const changed = segments.flatMap((segment, index) => [
    segments.with(index, 'other'),
    segments.with(index, `${segment}x`),
    segments.with(index, `x${segment}`),
    segments.with(index, segment.replaceAll('.', 'x')),
    segments.toSpliced(index, 1),
    segments.toSpliced(index, 0, segment),
  ])
  return [...changed, [...segments, 'other']].map((parts) => `/${parts.join('/')}`)
}

test('every endpoint gets nothing but its own requests', async () => {
  for (const { method, route } of endpoints) {
    for (const path of neighbours(`/${fill(route.text)}`)) await expectRoute(method, path, meant(method, path))
  }
})

const ID = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const call = `/v1.0/communications/calls/${ID}`
const strangers: [method: string, path: string][] = [
  ['GET', '/'],
  ['GET', `/v2.0/communications/calls/${ID}`],
  ['GET', `/v1x0/communications/calls/${ID}`],
  ['GET', `/beta1/app/calls/${ID}`],
  ['GET', `/v1.0/phone/calls/${ID}`],
  ['GET', `/v1.0/communications/chats/${ID}`],
  ['GET', '/communications/calls'],
  ['POST', `${call}/explode`],
  ['POST', `${call}/graph.answer`],
  ['POST', `${call}/microsoftXgraph.answer`],
  ['POST', `${call}/answers`],
  ['POST', `${call}/answer/now`],
  ['GET', `${call}/answer`],
  ['PUT', call],
  ['POST', `${call}/participants/disinvite`],
  ['GET', `${call}/participants/${ID}/more`],
  ['GET', `${call}/operations`],
  ['POST', `/v1.0/applications/${ID}/calls/${ID}/explode`],
  ['GET', '/v1.0/me'],
  ['GET', '/simulator/calls'],
  ['POST', `/simulator/people/${ID}/explode`],
  ['GET', '/favicon.ico'],
]

test.each(strangers)('%s %s is nobody’s but the catch-all’s', (method, path) => expectRoute(method, path, CATCH_ALL))

test.each([`/v1.0//communications/calls/${ID}`, `${call}//answer`, `${call}//`])(
  'a doubled slash, as in %s, is for the catch-all to understand',
  (path) => expectRoute('POST', path, CATCH_ALL),
)

test('what begins with two slashes reaches nobody', () => expectRoute('GET', '//v1.0/communications/calls', '404'))
