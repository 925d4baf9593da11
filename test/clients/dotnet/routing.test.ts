import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { glob } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRouter } from '../../../local-host/routes.js'
import { endpoints } from '../../../shared/graphFunction.js'
import { CLIENTS, QUIET } from './clients.js'

// The router of the real Functions host is ASP.NET Core's. Our routes must mean there what they mean in the local host.

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']
const CATCH_ALL = 'unknown-path'
interface Routed {
  readonly name: string
  readonly route: string
  readonly methods: readonly string[]
}

let router: ChildProcess
let port: number
let functions: readonly Routed[]

beforeAll(async () => {
  for await (const file of glob('functions/**/*.ts')) await import(/* @vite-ignore */ `../../../${file}`)
  const registered = endpoints().map(({ name, address, method }) => ({ name, route: address.route, methods: [method] }))
  functions = [...registered, { name: CATCH_ALL, route: '{*path}', methods: METHODS }]
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

/** The function that the real router chooses; the path goes out as it is. */
async function realRoute(method: string, path: string): Promise<string> {
  const sent = request({ host: '127.0.0.1', port, method, path }).end()
  const [response] = await once(sent, 'response')
  const text = Buffer.concat(await response.toArray()).toString()
  return response.statusCode === 200 ? text || 'a function' : `${response.statusCode}`
}

function localRoute(method: string, path: string): string {
  const route = createRouter(
    [...functions].map((one) => ({ ...one, methods: [...one.methods] })),
    '',
  )
  return route(method, path)?.fn.name ?? '404'
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
]

test.each(spellings)('every endpoint gets its own requests, %s', async (_, spell) => {
  expect(endpoints().length).toBeGreaterThan(30)
  for (const { name, method, address } of endpoints()) {
    const path = spell(`/${fill(address.text)}`)
    expect([await realRoute(method, path), method, path]).toEqual([name, method, path])
    expect([localRoute(method, path.split('?')[0] ?? ''), method, path]).toEqual([name, method, path])
  }
})

test('every choice of words in a path leads to its endpoint', async () => {
  for (const { name, method, address } of endpoints()) {
    for (const [part, words] of address.text.matchAll(/\{\w+:([^}]+)\}/g)) {
      for (const word of (words ?? '').split('|')) {
        const path = `/${fill(address.text.replace(part, word))}`
        expect([await realRoute(method, path), path]).toEqual([name, path])
        expect([localRoute(method, path), path]).toEqual([name, path])
      }
    }
  }
})

const call = `/v1.0/communications/calls/${id()}`
const strangers: [method: string, path: string][] = [
  ['GET', '/'],
  ['GET', `/v2.0/communications/calls/${id()}`],
  ['GET', `/v1x0/communications/calls/${id()}`],
  ['GET', `/beta1/app/calls/${id()}`],
  ['GET', `/v1.0/phone/calls/${id()}`],
  ['GET', `/v1.0/communications/chats/${id()}`],
  ['GET', '/communications/calls'],
  ['POST', `${call}/explode`],
  ['POST', `${call}/graph.answer`],
  ['POST', `${call}/microsoftXgraph.answer`],
  ['POST', `${call}/answers`],
  ['POST', `${call}/answer/now`],
  ['GET', `${call}/answer`],
  ['PUT', call],
  ['POST', `${call}/participants/disinvite`],
  ['GET', `${call}/participants/${id()}/more`],
  ['GET', `${call}/operations`],
  ['POST', `/v1.0/applications/${id()}/calls/${id()}/explode`],
  ['GET', '/v1.0/me'],
  ['GET', '/simulator/calls'],
  ['POST', `/simulator/people/${id()}/explode`],
  ['GET', '/favicon.ico'],
]

test.each(strangers)('%s %s is nobody’s but the catch-all’s', async (method, path) => {
  expect(await realRoute(method, path)).toBe(CATCH_ALL)
  expect(localRoute(method, path)).toBe(CATCH_ALL)
})

test.each([`/v1.0//communications/calls/${id()}`, `${call}//answer`, `${call}//`])(
  'a doubled slash, as in %s, is for the catch-all to understand',
  async (path) => {
    expect(await realRoute('POST', path)).toBe(CATCH_ALL)
    expect(localRoute('POST', path)).toBe(CATCH_ALL)
  },
)

test('what begins with two slashes reaches nobody', async () => {
  expect(await realRoute('GET', '//v1.0/communications/calls')).toBe('404')
  expect(localRoute('GET', '//v1.0/communications/calls')).toBe('404')
})
