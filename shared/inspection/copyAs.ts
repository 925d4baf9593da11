import type { DialectName } from '../calls/resources.js'
import { CALL_STATES } from '../calls/resources.js'
import type { CallOfDiagram, Diagram, DiagramRow } from './diagram.js'
import type { Entry, ListedEntry, LoggedBody, LoggedMessage, RequestEvent } from './entries.js'
import { isGuid, splitCallPath, toLine } from './labels.js'
import type { CallView } from './views.js'

// A request as a curl command, and a call as a test.

/** Headers that curl writes itself, or whose value was removed from the log. */
const OMITTED_HEADERS: readonly string[] = [
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
]

/** Renders a request as a curl command. It reads the token from the variable TOKEN of the shell. */
export function toCurl({ method, path, message }: RequestEvent, baseUrl: string): string {
  const { headers, body } = message
  const url = `${baseUrl.replace(/\/$/, '')}${path}`
  const words = [
    // Without it, curl takes brackets in the URL for a pattern.
    `curl${/[[\]{}]/.test(url) ? ' --globoff' : ''}${renderMethod(method)} ${quote(url)}`,
    ...Object.entries(headers).flatMap(([name, value]) => renderHeader(name, value)),
    ...(body ? [renderData(body)] : []),
  ]
  const remark = body ? describeMissing(body) : []
  return `${[...remark, words.join(' \\\n  ')].join('\n')}\n`
}

/** curl would wait for the body that follows no HEAD. */
function renderMethod(method: string): string {
  if (method === 'HEAD') return ' -I'
  return method === 'GET' ? '' : ` -X ${quote(method)}`
}

/** The log keeps the size of a body that is not text, such as `(12345 bytes)`. */
const isText = ({ text }: LoggedBody): boolean => !/^\(\d+ bytes\)$/.test(text)

const renderData = (body: LoggedBody): string =>
  isText(body) ? `--data-raw ${quote(body.text)}` : '--data-binary @body'

function describeMissing(body: LoggedBody): string[] {
  if (!isText(body)) return [`# The log does not have the body ${body.text}: put it into the file body.`]
  return body.isCut ? [`# The log has only a part of the body, which has ${body.bytes} bytes.`] : []
}

function renderHeader(name: string, value: string): string[] {
  const lowerCase = name.toLowerCase()
  if (lowerCase === 'authorization') {
    return value.startsWith('Basic ') ? ['-u "$CLIENT_ID:$CLIENT_SECRET"'] : ['-H "Authorization: Bearer $TOKEN"']
  }
  if (OMITTED_HEADERS.includes(lowerCase)) return []
  // curl sends an empty header only with a semicolon.
  return [`-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`]
}

/** Quotes a word for bash and zsh. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  // A terminal acts on control characters that are pasted, even between quotes. A line break is harmless.
  if (!/[^\P{Cc}\n]/u.test(word)) return `'${word.replaceAll("'", "'\\''")}'`
  return `$'${word.replaceAll(/['\\!\p{Cc}]/gu, escapeCharacter)}'`
}

function escapeCharacter(character: string): string {
  const bytes = [...new TextEncoder().encode(character)]
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

/** What a test needs of a call. With the messages of its requests, the test has their bodies too. */
export type CallOfTest = CallOfDiagram &
  Pick<CallView, 'callbackUri' | 'dialect'> & { readonly entries: readonly (Entry | ListedEntry)[] }

/**
 * Renders a call as the skeleton of a vitest test, which sends its requests to Ringback and awaits its notifications.
 * The test is a bot of its own, so it does not disturb the bot of the call.
 */
export function toTest(diagram: Diagram, call: CallOfTest): string {
  const { rows } = diagram
  const created = rows.find((row) => row.outcome === 'ok' && isCreation(findRequest(row, call)))
  const known = [
    remark('the log does not have the request that created the call'),
    `const callId = ${literal(call.id)}`,
  ]
  const steps = [...(created ? [] : [known]), ...rows.map((row) => renderStep(row, row === created, diagram, call))]
  const title = literal(toLine(`the call of ${call.botName ?? 'a bot'}`))
  const body = steps.map((lines) => lines.map((line) => `  ${line}\n`).join('')).join('\n')
  return `${renderSetup(call.dialect)}\ntest(${title}, async () => {\n${body}}, 60_000)\n`
}

type Request = Extract<Entry | ListedEntry, { readonly type: 'request' }>

const findRequest = ({ entries: [number] }: DiagramRow, { entries }: CallOfTest): Request | undefined =>
  entries.find((entry): entry is Request => entry.type === 'request' && entry.number === number)

const isCreation = (request: Request | undefined): boolean =>
  request?.name === 'simulator-call-place' || request?.name === 'call-create'

function renderStep(row: DiagramRow, isCreated: boolean, { lanes }: Diagram, call: CallOfTest): string[] {
  const request = findRequest(row, call)
  // The service of the test has no faults.
  if (request && row.isFault && row.outcome === 'failed') return [remark(row.label, row.result)]
  if (request) return renderRequest(row, request, isCreated, call)
  if (row.kind === 'notification') return renderNotification(row)
  const person = lanes.find(({ id, kind }) => kind === 'person' && id === row.to)
  return [remark(person ? `${person.title} ${row.label}` : row.label, row.result)]
}

const remark = (...texts: readonly string[]): string => `// ${toLine(texts.filter(Boolean).join(', '))}`

// Requests.

function renderRequest(row: DiagramRow, request: Request, isCreated: boolean, call: CallOfTest): string[] {
  const { method } = request
  const body = describeBody(request, call)
  const status = Number.parseInt(row.result, 10)
  const expected = Number.isNaN(status) ? '200' : `${status}`
  const values = [literal(method), renderPath(request.path, call), body.code, expected].join(', ')
  const hasForeignId = splitCallPath(request.path)?.behind.some(isGuid)
  const remarks = [body.remark, hasForeignId ? 'the id in its path is that of the recorded call' : '']
  const creation = isCreated ? 'const { id: callId } = ' : ''
  return [remark(row.label, ...remarks), ...`${creation}await send(${values})`.split('\n')]
}

/** The path with the id of the call of the test in place of the recorded one. */
function renderPath(path: string, call: CallOfTest): string {
  const split = splitCallPath(path)
  const query = path.includes('?') ? path.slice(path.indexOf('?')) : ''
  if (split?.id === undefined || !isSameCall(split.id, call.id)) return literal(path)
  const [before, behind] = [split.before, split.behind].map((segments) =>
    segments.map((segment) => `/${segment}`).join(''),
  )
  return `\`${escapeTemplate(before ?? '')}/\${callId}${escapeTemplate(`${behind}${query}`)}\``
}

const isSameCall = (a: string, b: string): boolean =>
  a.replaceAll('-', '').toLowerCase() === b.replaceAll('-', '').toLowerCase()

function describeBody(request: Request, call: CallOfTest): { code: string; remark: string } {
  if (request.method === 'GET' || request.method === 'DELETE') return { code: 'undefined', remark: '' }
  const recorded = 'message' in request ? readBody(request.message) : undefined
  if (recorded !== undefined) return { code: renderValue(recorded, replacements(call)), remark: '' }
  return { code: renderValue(guessBody(request, call), replacements(call)), remark: 'complete its body' }
}

/** Returns undefined for a body that is cut, or that is not JSON, such as audio. */
function readBody({ body }: LoggedMessage): unknown {
  try {
    return body ? JSON.parse(body.text) : undefined
  } catch {
    return undefined
  }
}

/** What most requests of this name have. The list of requests does not have their bodies. */
function guessBody({ name }: Request, { id, applicationId, callbackUri, people }: CallOfTest): unknown {
  const mediaConfig = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
  const person = name === 'participant-invite' ? people.at(-1) : people[0]
  const user = { id: person?.identity.id ?? 'megan', displayName: person?.identity.displayName ?? 'Megan Bowen' }
  if (name === 'simulator-call-place') return { to: { application: { id: applicationId } }, from: { user } }
  if (name === 'call-answer') return { callbackUri, acceptedModalities: ['audio'], mediaConfig }
  if (name === 'call-create') {
    return { callbackUri, requestedModalities: ['audio'], mediaConfig, targets: [{ identity: { user } }] }
  }
  if (name === 'participant-invite') return { participants: [{ identity: { user } }] }
  return name.startsWith('simulator-person') ? { callId: id } : {}
}

// Notifications.

/** The states that a summary such as `updated call established` may end with. */
const STATES: readonly string[] = CALL_STATES
const OPERATION_STATUSES: readonly string[] = ['running', 'completed', 'failed']

function renderNotification(row: DiagramRow): string[] {
  if (row.outcome !== 'ok') return [remark(row.label, row.result)]
  const [, changeType = '', resource, data = ''] = row.label.split(' ')
  const isState = resource === 'call' && STATES.includes(data)
  const isStatus = resource === 'operations' && OPERATION_STATUSES.includes(data)
  const expected = {
    changeType,
    ...(isState && { resourceData: { state: data } }),
    ...(isStatus && { resourceData: { status: data } }),
  }
  return [remark(row.label), `await expectNotification(${row.sequence}, ${renderValue(expected, [])})`]
}

// Values as TypeScript.

type Replacement = readonly [recorded: string, variable: string]

/** The recorded values in place of which the test has its own. */
const replacements = ({ id, applicationId, callbackUri }: CallOfTest): Replacement[] => [
  [callbackUri, 'callbackUri'],
  [applicationId, 'BOT'],
  [id, 'callId'],
  [id.replaceAll('-', '').toUpperCase(), 'callId'],
]

/** A longer list or object has a line for each member. */
const MAX_FLAT = 72

function renderValue(value: unknown, replaced: readonly Replacement[], indent = ''): string {
  if (typeof value === 'string') return renderText(value, replaced)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const members = Object.entries(value).map(([key, member]) => {
    const code = key === 'callbackUri' ? key : renderValue(member, replaced, inner)
    return isList || code === key ? code : `${renderKey(key)}: ${code}`
  })
  const [open, close] = isList ? '[]' : '{}'
  if (members.length === 0) return `${open}${close}`
  const flat = isList ? `[${members.join(', ')}]` : `{ ${members.join(', ')} }`
  if (flat.length <= MAX_FLAT && !flat.includes('\n')) return flat
  return `${open}\n${members.map((member) => `${inner}${member},\n`).join('')}${indent}${close}`
}

function renderKey(key: string): string {
  // `__proto__: x` would set the prototype.
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_]\w*$/.test(key) ? key : literal(key)
}

function renderText(text: string, replaced: readonly Replacement[]): string {
  const [recorded, variable] = replaced.find(([known]) => known !== '' && text.includes(known)) ?? []
  if (recorded === undefined) return literal(text)
  if (text === recorded) return `${variable}`
  return `\`${text.split(recorded).map(escapeTemplate).join(`\${${variable}}`)}\``
}

/** A text between single quotes. JSON has the same escapes as TypeScript. */
const literal = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`

const escapeTemplate = (text: string): string =>
  text
    .replaceAll(/[\\`$]/g, '\\$&')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')

const IMPORTS = [
  ['{ randomUUID }', 'node:crypto'],
  ['{ once }', 'node:events'],
  ['{ createServer }', 'node:http'],
  ['type { AddressInfo }', 'node:net'],
  ['{ afterAll, beforeAll, expect, test }', 'vitest'],
] as const
const renderImports = (): string =>
  IMPORTS.map(([names, module]) => `import ${names} from ${literal(module)}`).join('\n')

const renderSetup = (
  dialect: DialectName,
): string => `// From the inspector of Ringback. The test is a bot of its own: its requests and their bodies are those of the call.
${renderImports()}

const BASE = process.env.RINGBACK ?? 'http://127.0.0.1:7071'
const TENANT = randomUUID()
const BOT = randomUUID()
/** The dialect of the bot: app for the 2019 API, communications for the current one. */
const DIALECT = '${dialect}'
let token = ''
let callbackUri = ''

/** The notifications that the callback has received, in their order. */
const received: { changeType: string; resourceData?: unknown }[] = []
const callback = createServer(async (request, response) => {
  const notification = JSON.parse(Buffer.concat(await request.toArray()).toString())
  received[Number(request.headers['ringback-sequence']) - 1] = notification.value[0]
  response.writeHead(202).end()
})

beforeAll(async () => {
  await once(callback.listen(0, '127.0.0.1'), 'listening')
  callbackUri = \`http://127.0.0.1:\${(callback.address() as AddressInfo).port}/\`
  const form = { grant_type: 'client_credentials', client_id: BOT, client_secret: 'any' }
  const response = await fetch(\`\${BASE}/\${TENANT}/oauth2/v2.0/token\`, {
    method: 'POST',
    body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
  })
  token = ((await response.json()) as { access_token: string }).access_token
  const bot = { displayName: 'Test bot', tenantId: TENANT, callingWebhook: callbackUri, dialect: DIALECT }
  await send('PUT', \`/bots/\${BOT}\`, bot, 201)
})
afterAll(() => {
  callback.closeAllConnections()
  callback.close()
})

async function send(method: string, path: string, body: unknown, expectedStatus: number) {
  const response = await fetch(\`\${BASE}\${path}\`, {
    method,
    headers: { Authorization: \`Bearer \${token}\`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.status, \`\${method} \${path}: \${text}\`).toBe(expectedStatus)
  return text === '' ? undefined : JSON.parse(text)
}

async function expectNotification(sequence: number, expected: object): Promise<void> {
  await expect.poll(() => received[sequence - 1], { timeout: 10_000 }).toMatchObject(expected)
}
`
