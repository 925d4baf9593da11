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

// The Functions host routes with ASP.NET Core. Each request must reach the same function there and in the local host.

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const CATCH_ALL = 'unknown-path'

let router: ChildProcess
let port: number
let endpoints: readonly Endpoint[]
let localRouter: ReturnType<typeof createRouter>

beforeAll(async () => {
  const functions = await registerFunctions()
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

/** Returns the HTTP functions as they are registered with the host, and sets `endpoints`. */
async function registerFunctions(): Promise<RoutedFunction[]> {
  const core = provideFunctionsCore(() => {})
  for await (const file of glob('functions/**/*.ts')) await import(/* @vite-ignore */ `../../../${file}`)
  endpoints = (await import('../../shared/http/registerEndpoint.js')).registeredEndpoints()
  return core.functions
    .filter(({ trigger }) => trigger.type === 'httpTrigger')
    .map(({ name, trigger }) => ({ name, route: trigger.route, methods: trigger.methods ?? [] }))
}

/** Returns the function that ASP.NET Core's router selects. The path is sent unchanged. */
async function routeRemotely(method: string, path: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, method, path }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  return response.headers.function ?? `${response.statusCode}`
}

/** Returns the function that the router of the local host selects. */
const routeLocally = (method: string, path: string): string =>
  localRouter(method, path.split('?')[0] ?? '')?.fn.name ?? '404'

/** Returns the endpoint whose route template matches the path, or else the catch-all. */
function findOwner(method: string, path: string): string {
  const owners = endpoints.filter((endpoint) => endpoint.method === method && endpoint.route.match(path))
  const [owner = CATCH_ALL, ...others] = owners.map(({ name }) => name).toSorted()
  // `v1` could also be a tenant. The host calls the first function in the order of names.
  const permitted = owner === 'notification-metadata' ? ['openid-configuration-v1'] : []
  expect(permitted, `${method} ${path} also matches ${others}`).toEqual(expect.arrayContaining(others))
  return owner
}

async function expectRoute(method: string, path: string, name: string): Promise<void> {
  const [remote, local] = [await routeRemotely(method, path), routeLocally(method, path)]
  expect({ method, path, remote, local }).toEqual({ method, path, remote: name, local: name })
}

/** Fills in the parameters of a route template: the last of the allowed words, or an id. */
const fillIn = (template: string) =>
  template.replaceAll(/\{(\w+)(?::([^}]+))?\}/g, (_, __, words?: string) =>
    words ? String(words.split('|').at(-1)) : randomUUID(),
  )
const spellings: [how: string, spell: (path: string) => string][] = [
  ['unchanged', (path) => path],
  ['in upper case', (path) => path.toUpperCase()],
  ['followed by a slash', (path) => `${path}/`],
  ['followed by a query', (path) => `${path}?callId=other&action=other`],
  ['percent-encoded', (path) => path.replaceAll(/[aeiou]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ['written with dot segments', (path) => `/elsewhere/..${path.replaceAll('/', '/./')}`],
]

test.each(spellings)('every endpoint receives a request whose path is %s', async (_, spell) => {
  expect(endpoints.length).toBeGreaterThan(30)
  for (const { name, method, route } of endpoints) await expectRoute(method, spell(`/${fillIn(route.text)}`), name)
})

test('every allowed word of a path parameter leads to its endpoint', async () => {
  for (const { name, method, route } of endpoints) {
    for (const [part, words] of route.text.matchAll(/\{\w+:([^}]+)\}/g)) {
      for (const word of (words ?? '').split('|')) {
        await expectRoute(method, `/${fillIn(route.text.replace(part, word))}`, name)
      }
    }
  }
})

test('no endpoint receives requests with another method', async () => {
  for (const { route } of endpoints) {
    const path = `/${fillIn(route.text)}`
    for (const method of METHODS) await expectRoute(method, path, findOwner(method, path))
  }
})

/** Returns similar paths, in which a segment is changed, missing or doubled, or one is added. */
function similarPaths(path: string): string[] {
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

test('no endpoint receives requests with a similar path', async () => {
  for (const { method, route } of endpoints) {
    for (const path of similarPaths(`/${fillIn(route.text)}`)) await expectRoute(method, path, findOwner(method, path))
  }
})

const ID = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const call = `/v1.0/communications/calls/${ID}`
const unknownRequests: [method: string, path: string][] = [
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

test.each(unknownRequests)('%s %s reaches the catch-all', (method, path) => expectRoute(method, path, CATCH_ALL))

test.each([`/v1.0//communications/calls/${ID}`, `${call}//answer`, `${call}//`])(
  'the path %s with a doubled slash reaches the catch-all',
  (path) => expectRoute('POST', path, CATCH_ALL),
)

test('a path that starts with two slashes reaches no function', () =>
  expectRoute('GET', '//v1.0/communications/calls', '404'))
