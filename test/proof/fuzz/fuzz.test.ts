import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import { type InProcessReply, registerFunctions, requestInProcess } from '../../support/inProcess.js'
import { OpenApiCheck } from '../../support/openApiCheck.js'
import { startOwnService } from '../../support/ownService.js'
import { FIRST_FUZZ_SEED as FIRST_SEED, FUZZ_REQUESTS as REQUESTS } from '../../support/sizes.js'
import { fetchToken } from '../../support/testBot.js'
import { seeded } from '../simulation/time.js'
import { type FuzzRequest, type Known, pickOf, requestTo } from './requests.js'
import { type FuzzWorld, newFuzzWorld } from './world.js'

// Every request gets a reply of Graph in time, and a refused request changes nothing. Valid requests and all replies are
// those of the OpenAPI document. `npm run fuzz` sends more.

/** After so many requests the next seed starts with a new service. */
const REQUESTS_PER_SEED = 200
const OVER_HTTP = Math.ceil(REQUESTS / 10)
const IN_FLIGHT = 4
/** Replies take milliseconds. A busy machine may need seconds, and a request that hangs never gets one. */
const REPLY_TIMEOUT_MS = 30_000
/** A request takes up to 3 ms on a quiet machine, and many times that on a busy one. */
const timeLimit = (requests: number) => 300_000 + requests * 50

const check = new OpenApiCheck(JSON.parse(readFileSync('docs/openapi.json', 'utf8')))
/** The dialect of the calls to which requests are sent. */
const DIALECT = 'communications'

let world: FuzzWorld
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => world.service,
}))

beforeAll(async () => {
  world = await newFuzzWorld(seeded(1))
  await registerFunctions()
})

test(`${REQUESTS} requests in the process get a reply, and refused ones change nothing`, {
  timeout: timeLimit(REQUESTS),
}, async () => {
  const results: RequestResult[] = []
  for (let seed = FIRST_SEED; results.length < REQUESTS; seed++) {
    results.push(...(await playSeed(seed, Math.min(REQUESTS_PER_SEED, REQUESTS - results.length))))
  }
  const mutated = results.filter(({ isMutated }) => isMutated).length
  const statusCounts = new Map<number, number>()
  for (const { status } of results) statusCounts.set(status, (statusCounts.get(status) ?? 0) + 1)
  const counts = [...statusCounts].sort().map(([status, count]) => `${status} ${count}`)
  console.log(`${REQUESTS} requests, ${mutated} of them with an invalid part: ${counts.join(', ')}`)
  if (REQUESTS < REQUESTS_PER_SEED) return
  expect(mutated).toBeGreaterThan(REQUESTS / 3)
  // The requests reach more than one kind of outcome.
  for (const status of [200, 201, 204, 400, 404, 409]) {
    expect(statusCounts.get(status) ?? 0, `replies with status ${status}`).toBeGreaterThan(0)
  }
})

interface RequestResult {
  readonly status: number
  readonly isMutated: boolean
}

/** Sends the requests of one seed to a new service. */
async function playSeed(seed: number, count: number): Promise<RequestResult[]> {
  const random = seeded(seed)
  world = await newFuzzWorld(random)
  const results: RequestResult[] = []
  let before = await world.dump()
  for (let index = 0; index < count; index++) {
    const request = requestTo(pickOf(random, registeredEndpoints()), world.known, random)
    const answer = await withTimeout(requestInProcess(world.token, request))
    const after = await world.dump()
    const problem = findProblem(request, answer) ?? findDifference(request, answer) ?? findChange(answer, before, after)
    if (problem) expect.fail(describeFailure(request, answer, problem, seed))
    before = after
    results.push({ status: answer.status, isMutated: request.isMutated })
  }
  return results
}

test(`${OVER_HTTP} requests over HTTP get a reply in time`, { timeout: timeLimit(OVER_HTTP) }, async () => {
  const random = seeded(FIRST_SEED)
  world = await newFuzzWorld(random)
  // A service of its own: the requests change how people react, and the bots of other tests invite these people.
  const { baseUrl, stop } = await startOwnService()
  onTestFinished(stop)
  const token = await fetchToken(baseUrl, { tenantId: world.known.tenantId, applicationId: world.known.applicationId })
  const known: Known = { ...world.known, callbackUri: 'http://127.0.0.1:9/calls' }
  let remaining = OVER_HTTP
  const sendRequests = async () => {
    while (remaining-- > 0) {
      const request = requestTo(pickOf(random, registeredEndpoints()), known, random)
      const answer = await askService(baseUrl, token, request)
      const problem = findProblem(request, answer) ?? findDifference(request, answer)
      if (problem) expect.fail(describeFailure(request, answer, problem, FIRST_SEED))
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendRequests))
})

function askService(
  baseUrl: string,
  token: string,
  { method, path, headers, body }: FuzzRequest,
): Promise<InProcessReply> {
  const { hostname, port } = new URL(baseUrl)
  // Clients encode such characters. The Functions host routes no path that starts with two slashes, also after dots.
  const encodedPath = path
    .replace(/^(\/+\.{0,2}(?=\/))*\/*/, '/')
    .replaceAll(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character))
  const answer = new Promise<InProcessReply>((resolve, reject) => {
    const options = {
      hostname,
      port,
      method,
      path: encodedPath,
      headers: { ...headers, 'content-length': body?.length ?? 0, authorization: `Bearer ${token}` },
    }
    const request = httpRequest(options, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString()
      resolve({ status: response.statusCode ?? 0, headers: {}, body: text })
    })
    request.on('error', reject)
    request.end(body)
  })
  return withTimeout(answer)
}

/** 501 is the reply to a documented operation that is not built; a corrupted path may name one. */
function isUnbuilt(status: number, method: string, path: string): boolean {
  const { pathname } = new URL(`http://localhost${path.replace(/^\/+/, '/')}`)
  return status === 501 && !registeredEndpoints().some((one) => one.method === method && one.route.match(pathname))
}

async function withTimeout<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no reply within ${REPLY_TIMEOUT_MS} ms`)), REPLY_TIMEOUT_MS)
  })
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer))
}

/** Returns what is wrong with a reply. */
function findProblem({ method, path }: FuzzRequest, { status, body }: InProcessReply): string | undefined {
  if ((status >= 500 && !isUnbuilt(status, method, path)) || status < 200) return `gets status ${status}`
  if (/\bat .*\.[jt]s:\d+|node_modules|Cannot read prop|is not a function|TypeError/.test(body)) {
    return 'gets a reply with internal details'
  }
  if (status < 400) return undefined
  const { error } = JSON.parse(body || '{}') as {
    error?: string | { code: string; message: string; innerError: Record<string, string> }
  }
  // The token endpoint replies as OAuth specifies.
  if (typeof error === 'string') return undefined
  const isGraphError = error?.code && error.message && error.innerError['request-id'] && error.innerError.date
  return isGraphError ? undefined : 'gets a body that is no error of Graph'
}

/** Returns how a valid request or a reply differs from the OpenAPI document. */
function findDifference({ method, path, body, isMutated }: FuzzRequest, answer: InProcessReply): string | undefined {
  const reply = { method, path, status: answer.status, reply: answer.body }
  const isValid = !isMutated && answer.status < 400
  const request = { method, path, body: readJson(body) }
  return (isValid ? check.findRequestProblem(request) : undefined) ?? check.findReplyProblem(reply, DIALECT)
}

function readJson(body: Buffer | undefined): unknown {
  try {
    return body && JSON.parse(body.toString())
  } catch {
    // A form or a file.
    return undefined
  }
}

/** Returns what a refused request has changed in the storage. */
function findChange({ status }: InProcessReply, before: string, after: string): string | undefined {
  if (status < 400 || after === before) return undefined
  const at = [...before].findIndex((character, index) => character !== after[index])
  const excerpt = (text: string) => text.slice(at - 200, at + 300)
  return `is refused but changes the storage:\n${excerpt(before)}\n->\n${excerpt(after)}`
}

function describeFailure(
  request: FuzzRequest,
  { status, body }: InProcessReply,
  problem: string,
  seed: number,
): string {
  return [
    `${request.method} ${request.path.slice(0, 500)} ${problem}`,
    JSON.stringify(request.headers),
    request.body?.toString().slice(0, 2_000) ?? '',
    '',
    `${status} ${body.slice(0, 1_000)}`,
    '',
    `To repeat it: npm run fuzz -- --requests ${REQUESTS_PER_SEED} --seed ${seed}`,
  ].join('\n')
}
