import type { Delivered } from './check.js'
import { fill, formatJson } from './json.js'
import type { Asked, Exchange, Observer } from './recorder.js'

interface Resource {
  readonly state?: string
  readonly status?: string
}
interface Notification {
  readonly changeType: string
  readonly resource: string
  readonly resourceData: Resource | readonly Resource[]
}

const WIDTH = 120
const INDENT = ' '.repeat(11)
/** The headers that matter to the flow; the others are the transport's. */
const SHOWN_HEADERS = ['Authorization', 'Ringback-Notification-Id', 'Location']

/**
 * Prints exchanges in the order in which they began, each once it is answered. `flush` prints those that are answered
 * behind one that is not.
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

/** The notification that a request carries, if it carries one. */
export function deliveredIn({ requestBody, requestHeaders }: Asked): Delivered | undefined {
  const sequence = requestHeaders['ringback-sequence']
  if (sequence === undefined) return undefined
  const value = notificationsIn(requestBody)
  const id = String(requestHeaders['ringback-notification-id'])
  return { call: callOf(value), sequence: Number(sequence), id, what: value.map(say).join(' and ') }
}

const notificationsIn = (body: string): Notification[] => (JSON.parse(body) as { value: Notification[] }).value
const callOf = ([first]: Notification[]): string => first?.resource.split('/')[3] ?? ''

function say({ changeType, resource, resourceData }: Notification): string {
  if (Array.isArray(resourceData)) return `${changeType} participants of ${resourceData.length}`
  const { state, status } = resourceData as Resource
  const kind = resource.includes('/operations/') ? 'operation' : 'call'
  return [changeType, kind, state ?? status].filter(Boolean).join(' ')
}

/** One exchange to read: who says what to whom, how long after the start, what comes back and how soon. */
export function describe(exchange: Exchange, startedAt: number): string[] {
  const { from, to, status, failure, sentAt, answeredAt } = exchange
  const time = `${((sentAt - startedAt) / 1000).toFixed(3)} s`.padStart(9)
  const reply = failure === undefined ? `${status}` : `no answer (${failure})`
  const lines = [
    `${time}  ${from.padEnd(7)} -> ${to.padEnd(7)}  ${headline(exchange)}`,
    ...headers(exchange.requestHeaders).map((line) => INDENT + line),
    ...body(told(exchange), WIDTH - INDENT.length).map((line) => INDENT + line),
    `${INDENT}<- ${reply} in ${answeredAt - sentAt} ms`,
    ...headers(exchange.responseHeaders).map((line) => `${INDENT}   ${line}`),
    ...body(exchange.responseBody, WIDTH - INDENT.length - 3).map((line) => `${INDENT}   ${line}`),
  ]
  return lines.map(redact)
}

function headline(exchange: Exchange): string {
  const delivered = deliveredIn(exchange)
  if (!delivered) return `${exchange.method} ${exchange.path}`
  const resources = notificationsIn(exchange.requestBody).map(({ resource }) => shortenIds(resource))
  const attempt = exchange.requestHeaders['ringback-attempt']
  const again = attempt === '1' ? '' : `  (attempt ${attempt})`
  return `#${delivered.sequence} ${delivered.what.padEnd(27)}  ${resources.join(' ')}${again}`
}

/** Of a notification, what its headline does not say. */
function told(exchange: Exchange): string {
  const { requestBody } = exchange
  if (!deliveredIn(exchange)) return requestBody
  const [one, ...more] = notificationsIn(requestBody)
  return one && more.length === 0 ? JSON.stringify(one.resourceData) : requestBody
}

export const shortenIds = (text: string): string => text.replaceAll(/\b([0-9A-F]{8})[0-9A-F]{24}\b/g, '$1...')

function headers(all: Exchange['requestHeaders']): string[] {
  const shown = SHOWN_HEADERS.flatMap((name) => {
    const value = all[name.toLowerCase()]
    return value === undefined ? [] : [`${name}: ${value}`]
  })
  return shown.length === 0 ? [] : [shown.join('  ')]
}

function body(text: string, width: number): string[] {
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

// Tokens and secrets are nobody's business, and of a key or a signature nobody reads more than its beginning and end.
const redactValue = (value: unknown): unknown => (typeof value === 'string' ? redact(value) : value)
const redact = (text: string): string =>
  text
    .replaceAll(/\b([\w-]{6})[\w-]*\.[\w-]+\.[\w-]*([\w-]{4})/g, (whole, start, end) =>
      whole.startsWith('eyJ') ? `${start}...${end}` : whole,
    )
    .replaceAll(/\b([\w-]{6})[\w-]{80,}([\w-]{4})/g, '$1...$2')
    .replace(/(client_secret=)[^&]+/, '$1...')
