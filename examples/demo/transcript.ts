import { inspect } from 'node:util'
import type { Delivered } from './check.js'
import type { Exchange } from './recorder.js'

interface Resource {
  readonly state?: string
  readonly status?: string
}
interface Notification {
  readonly changeType: string
  readonly resource: string
  readonly resourceData: Resource | readonly Resource[]
}

const FORMAT = { depth: null, breakLength: 110, compact: 4, colors: process.stdout.isTTY === true }
const INDENT = ' '.repeat(10)

/** The notification that an exchange carries, if it carries one. */
export function deliveredIn({ requestBody, requestHeaders }: Exchange): Delivered | undefined {
  const sequence = requestHeaders['ringback-sequence']
  if (sequence === undefined) return undefined
  const { value } = JSON.parse(requestBody) as { value: Notification[] }
  const what = value.map(({ changeType, resource, resourceData }) => {
    if (Array.isArray(resourceData)) return `${changeType} participants of ${resourceData.length}`
    const { state, status } = resourceData as Resource
    const kind = resource.includes('/operations/') ? 'operation' : 'call'
    return [changeType, kind, state ?? status].filter(Boolean).join(' ')
  })
  return { call: value[0]?.resource.split('/')[3] ?? '', sequence: Number(sequence), what: what.join(' and ') }
}

/** One exchange to read: who says what to whom, how long after the start, what comes back and how soon. */
export function describe(exchange: Exchange, startedAt: number): string {
  const { from, to, method, path, status, sentAt, answeredAt } = exchange
  const delivered = deliveredIn(exchange)
  const what = delivered
    ? `${delivered.what}   #${delivered.sequence} of ${short(delivered.call)}`
    : `${method} ${path}`
  const at = `${((sentAt - startedAt) / 1000).toFixed(3)} s`.padStart(9)
  const lines = [`${at} ${from.padEnd(9)} -> ${to.padEnd(9)} ${what}`]
  const { authorization } = exchange.requestHeaders
  if (authorization) lines.push(`${INDENT}Authorization: ${authorization.slice(0, 19)}...`)
  lines.push(...body(exchange.requestBody))
  lines.push(`${INDENT}<- ${status} after ${answeredAt - sentAt} ms`)
  const { location } = exchange.responseHeaders
  if (location) lines.push(`${INDENT}   Location: ${location}`)
  lines.push(...body(exchange.responseBody).map((line) => `   ${line}`))
  return lines.join('\n')
}

export const short = (call: string): string => `${call.slice(0, 8)}...`

/** A body on as few lines as are readable. Tokens and secrets are nobody's business. */
function body(text: string): string[] {
  if (text === '') return []
  const shown = text.replace(/("access_token":"[^"]{12})[^"]*/, '$1...').replace(/(client_secret=)[^&]*/, '$1...')
  const lines = shown.startsWith('{') ? inspect(JSON.parse(shown), FORMAT) : shown
  return lines.split('\n').map((line) => `${INDENT}${line}`)
}
