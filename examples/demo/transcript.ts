import { describeAction, describeInvitees } from './arrows.js'
import { fill, formatJson } from './json.js'
import { type Names, readAction, readDelivery, readInvited, readNotifications, readRoster } from './messages.js'
import type { Exchange, Observer } from './recorder.js'

const WIDTH = 120
const INDENT = ' '.repeat(9)
/** The headers that explain the flow. The other headers belong to the transport. */
const SHOWN_HEADERS = ['Authorization', 'Ringback-Notification-Id', 'Location']

/**
 * Prints exchanges in the order in which they began, each as soon as it has its reply. `flush` also prints those that
 * wait for an exchange without a reply.
 */
export function inOrder(print: (exchange: Exchange) => void): { observe: Observer; flush(): void } {
  const waiting: { exchange?: Exchange }[] = []
  const observe: Observer = () => {
    const place: { exchange?: Exchange } = {}
    waiting.push(place)
    return (exchange) => {
      place.exchange = exchange
      while (waiting[0]?.exchange) printNext()
    }
  }
  const printNext = () => {
    const { exchange } = waiting.shift() ?? {}
    if (exchange) print(exchange)
  }
  return {
    observe,
    flush: () => {
      while (waiting.length > 0) printNext()
    },
  }
}

/** Describes an exchange in one line: seconds since the start, sender, receiver, status of the reply, and message. */
export function describe(exchange: Exchange, startedAt: number, names: Names): string {
  const { status, failure } = exchange
  const remark = remarkOn(exchange, names)
  const noReply = failure === undefined ? '' : ` (no reply: ${failure})`
  const message = `${shortenIds(headline(exchange))}${remark && ` (${remark})`}${noReply}`
  return redact(`${describeRoute(exchange, startedAt)}  ${status}  ${message}`)
}

/** Describes another call that the exchange changes: the exchange is listed in full with its own call. */
export function describeReference(exchange: Exchange, startedAt: number, names: Names): string {
  const remark = remarkOn(exchange, names)
  return `${describeRoute(exchange, startedAt)}       (in the meeting: invite ${remark})`
}

function describeRoute({ from, to, sentAt }: Exchange, startedAt: number): string {
  const time = ((sentAt - startedAt) / 1000).toFixed(3).padStart(7)
  return `${time}  ${from.padEnd(8)} -> ${to.padEnd(8)}`
}

/** Describes an exchange in full: sender, receiver and message, then headers, bodies and duration. */
export function describeInFull(exchange: Exchange, startedAt: number): string[] {
  const { status, failure, sentAt, answeredAt } = exchange
  const reply = failure === undefined ? `${status}` : `no reply (${failure})`
  const resources = readDelivery(exchange)
    ? readNotifications(exchange).map(({ resource }) => shortenIds(resource))
    : []
  const lines = [
    [describeRoute(exchange, startedAt), headline(exchange), ...resources].join('  '),
    ...describeHeaders(exchange.requestHeaders).map((line) => INDENT + line),
    ...describeBody(requestBodyOf(exchange), WIDTH - INDENT.length).map((line) => INDENT + line),
    `${INDENT}<- ${reply} in ${answeredAt - sentAt} ms`,
    ...describeHeaders(exchange.responseHeaders).map((line) => `${INDENT}   ${line}`),
    ...describeBody(exchange.responseBody, WIDTH - INDENT.length - 3).map((line) => `${INDENT}   ${line}`),
  ]
  return lines.map(redact)
}

function headline(exchange: Exchange): string {
  const delivery = readDelivery(exchange)
  if (!delivery) return `${exchange.method} ${exchange.path}`
  const attempt = exchange.requestHeaders['ringback-attempt']
  return `#${delivery.sequence} ${delivery.what}${attempt === '1' ? '' : ` (attempt ${attempt})`}`
}

/** What the requests are for that do not concern a call. */
const PURPOSES: readonly (readonly [RegExp, string])[] = [
  [/\/\.well-known\/OpenIdConfiguration$/, 'find the keys that sign notifications'],
  [/^\/v1\/keys$/, 'get the keys that sign notifications'],
  [/\/oauth2\/v2\.0\/token$/, 'get an access token'],
  [/^\/bots\//, 'register the bot and its callback URL'],
]

/** Explains what the headline does not say. Empty for a message that needs no explanation. */
function remarkOn(exchange: Exchange, names: Names): string {
  if (readDelivery(exchange)) {
    const invitees = readInvited(exchange, names)
    return invitees.length > 0 ? `invite ${describeInvitees(invitees, names)}` : readRoster(exchange).join(', ')
  }
  const action = readAction(exchange, names)
  if (!action) return PURPOSES.find(([path]) => path.test(exchange.path))?.[1] ?? ''
  if (action.kind === 'answer') return ''
  if (action.kind === 'invite') return describeInvitees(action.invitees, names)
  return action.caller ? `${action.caller} calls the bot` : describeAction(action, names)
}

/** For a notification, the part that its headline does not say. */
function requestBodyOf(exchange: Exchange): string {
  const { requestBody } = exchange
  if (!readDelivery(exchange)) return requestBody
  const [notification, ...more] = readNotifications(exchange)
  return notification && more.length === 0 ? JSON.stringify(notification.resourceData) : requestBody
}

/** Shortens call ids and GUIDs. */
export const shortenIds = (text: string): string =>
  text
    .replaceAll(/\b([0-9A-F]{8})[0-9A-F]{24}\b/g, '$1...')
    .replaceAll(/\b([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '$1...')

function describeHeaders(all: Exchange['requestHeaders']): string[] {
  const shown = SHOWN_HEADERS.flatMap((name) => {
    const value = all[name.toLowerCase()]
    return value === undefined ? [] : [`${name}: ${value}`]
  })
  return shown.length === 0 ? [] : [shown.join('  ')]
}

function describeBody(text: string, width: number): string[] {
  if (text === '') return []
  try {
    return formatJson(
      JSON.parse(text, (_, value) => redactValue(value)),
      width,
    )
  } catch {
    const fields = text.split(/(?<=&)/).map((field) => [redact(field)])
    return fill(fields, width, '')
  }
}

// Tokens and secrets must not appear in a terminal or a log. Keys and signatures are too long to read.
const redactValue = (value: unknown): unknown => (typeof value === 'string' ? redact(value) : value)
const redact = (text: string): string =>
  text
    .replaceAll(/\b([\w-]{6})[\w-]*\.[\w-]+\.[\w-]*([\w-]{4})/g, (whole, start, end) =>
      whole.startsWith('eyJ') ? `${start}...${end}` : whole,
    )
    .replaceAll(/\b([\w-]{6})[\w-]{80,}([\w-]{4})/g, '$1...$2')
    .replace(/(client_secret=)[^&]+/, '$1...')
