import { request as httpRequest } from 'node:http'
import { beforeAll, expect, inject, test, vi } from 'vitest'
import { registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import { fetchToken } from '../../support/bot.js'
import { askInProcess, type InProcessAnswer, registerFunctions } from '../../support/inProcess.js'
import { seeded } from '../simulation/time.js'
import { FIRST_FUZZ_SEED as FIRST_SEED, FUZZ_REQUESTS as REQUESTS } from '../../support/sizes.js'
import { type FuzzRequest, type Known, pickOf, requestTo } from './requests.js'
import { type FuzzWorld, newFuzzWorld } from './world.js'

// Whatever comes, the answer is one of Graph's, nothing hangs, and what is refused changes nothing. `npm run fuzz` asks more.

/** Then everything begins anew, from the next seed. */
const REQUESTS_PER_SEED = 200
const OVER_HTTP = Math.ceil(REQUESTS / 10)
const IN_FLIGHT = 4
const HANGS_AFTER_MS = 5_000

let world: FuzzWorld
vi.mock('../../../shared/service/service.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/service.js')>()),
  getService: () => world.service,
}))

beforeAll(async () => {
  world = await newFuzzWorld(seeded(1))
  await registerFunctions()
})

test(`${REQUESTS} requests in the process are answered, and what is refused changes nothing`, {
  timeout: 60_000 + REQUESTS * 20,
}, async () => {
  const statuses = new Map<number, number>()
  let mutated = 0
  for (let count = 0, seed = FIRST_SEED; count < REQUESTS; seed++) {
    const random = seeded(seed)
    world = await newFuzzWorld(random)
    let before = await world.dump()
    for (let index = 0; index < REQUESTS_PER_SEED && count < REQUESTS; index++, count++) {
      const request = requestTo(pickOf(random, registeredEndpoints()), world.known, random)
      const answer = await withinTime(askInProcess(world.token, request))
      const after = await world.dump()
      const problem =
        findProblem(answer) ?? (answer.status >= 400 && after !== before ? differenceOf(before, after) : undefined)
      if (problem) expect.fail(describe(request, answer, problem, seed))
      before = after
      mutated += request.isMutated ? 1 : 0
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    }
  }
  console.log(
    `${REQUESTS} requests, ${mutated} of them spoiled: ${[...statuses]
      .sort()
      .map(([status, count]) => `${status} ${count}`)
      .join(', ')}`,
  )
  if (REQUESTS < REQUESTS_PER_SEED) return
  expect(mutated).toBeGreaterThan(REQUESTS / 3)
  // Not everything is refused for the same reason.
  for (const status of [200, 201, 204, 400, 404, 409])
    expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(0)
})

test(`${OVER_HTTP} requests over HTTP are answered in time`, { timeout: 60_000 + OVER_HTTP * 20 }, async () => {
  const random = seeded(FIRST_SEED)
  world = await newFuzzWorld(random)
  const baseUrl = inject('baseUrl')
  const token = await fetchToken(baseUrl, { tenantId: world.known.tenantId, applicationId: world.known.applicationId })
  const known: Known = { ...world.known, callbackUri: 'http://127.0.0.1:9/calls' }
  let left = OVER_HTTP
  const askAll = async () => {
    while (left-- > 0) {
      const request = requestTo(pickOf(random, registeredEndpoints()), known, random)
      const answer = await askService(baseUrl, token, request)
      const problem = findProblem(answer)
      if (problem) expect.fail(describe(request, answer, problem, FIRST_SEED))
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, askAll))
})

function askService(
  baseUrl: string,
  token: string,
  { method, path, headers, body }: FuzzRequest,
): Promise<InProcessAnswer> {
  const { hostname, port } = new URL(baseUrl)
  // What is no character of a path leaves no client, and what begins with two slashes reaches no function of any host.
  const sent = path.replace(/^\/+/, '/').replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character))
  const asking = new Promise<InProcessAnswer>((resolve, reject) => {
    const options = {
      hostname,
      port,
      method,
      path: sent,
      headers: { ...headers, 'content-length': body?.length ?? 0, authorization: `Bearer ${token}` },
    }
    const request = httpRequest(options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString()
      resolve({ status: response.statusCode ?? 0, body: text })
    })
    request.on('error', reject)
    request.end(body)
  })
  return withinTime(asking)
}

async function withinTime<T>(answering: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${HANGS_AFTER_MS} ms`)), HANGS_AFTER_MS)
  })
  return Promise.race([answering, hanging]).finally(() => clearTimeout(timer))
}

/** What an answer must not be. */
function findProblem({ status, body }: InProcessAnswer): string | undefined {
  if (status >= 500 || status < 200) return `is answered with ${status}`
  if (/\bat .*\.[jt]s:\d+|node_modules|Cannot read prop|is not a function|TypeError/.test(body))
    return 'says what is inside'
  if (status < 400) return undefined
  const { error } = JSON.parse(body || '{}') as {
    error?: string | { code: string; message: string; innerError: Record<string, string> }
  }
  // The token endpoint speaks OAuth.
  if (typeof error === 'string') return undefined
  const isGraph = error?.code && error.message && error.innerError['request-id'] && error.innerError.date
  return isGraph ? undefined : 'has no error of Graph as its body'
}

function differenceOf(before: string, after: string): string {
  const at = [...before].findIndex((character, index) => character !== after[index])
  return `is refused and changes something:\n${before.slice(at - 200, at + 300)}\n->\n${after.slice(at - 200, at + 300)}`
}

function describe(request: FuzzRequest, { status, body }: InProcessAnswer, problem: string, seed: number): string {
  const text = request.body?.toString().slice(0, 2_000) ?? ''
  const lines = [
    `${request.method} ${request.path.slice(0, 500)} ${problem}`,
    JSON.stringify(request.headers),
    text,
    '',
    `${status} ${body.slice(0, 1_000)}`,
  ]
  return [...lines, '', `To see it again: npm run fuzz -- --requests ${REQUESTS_PER_SEED} --seed ${seed}`].join('\n')
}
