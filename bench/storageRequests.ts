import type { StorageRequest } from './recorder.js'

// Turns recorded requests into steps that can be sent again, and counts their kinds.

/** A row that a request reads or writes, and the size of its value in bytes. */
export interface RowChange {
  readonly action: 'insert' | 'put' | 'replace' | 'delete'
  readonly partition: string
  readonly row: string
  readonly bytes: number
}

/** A request that the benchmark can send again. */
export type StorageStep =
  | { readonly type: 'read'; readonly table: string; readonly partition: string; readonly row: string; bytes?: number }
  | { readonly type: 'write'; readonly table: string; readonly rows: readonly RowChange[] }
  | { readonly type: 'send'; readonly bytes: number; readonly delaySeconds: number }
  /** Receives a message of this size, and later deletes it. */
  | { readonly type: 'receive'; readonly bytes: number }
  | { readonly type: 'remove' }

/** The kinds of requests that are counted. */
export type RequestKind = 'table read' | 'table write' | 'queue send' | 'queue receive or delete' | 'blob'

const ENTITY = /^(\w+)\(PartitionKey='(.*?)',RowKey='(.*?)'\)/

export function kindOf({ part, method }: StorageRequest): RequestKind {
  if (part === 'Blob') return 'blob'
  if (part === 'Table') return method === 'GET' ? 'table read' : 'table write'
  return method === 'POST' ? 'queue send' : 'queue receive or delete'
}

/**
 * Groups requests into steps that follow each other; the requests of a step were sent at the same time.
 * @throws when there is a request that cannot be sent again
 */
export function toSteps(requests: readonly StorageRequest[]): StorageStep[][] {
  const steps: StorageStep[][] = []
  let endOfStep = Number.NEGATIVE_INFINITY
  for (const request of requests) {
    if (request.startedAt >= endOfStep) steps.push([])
    steps.at(-1)?.push(toStep(request))
    endOfStep = Math.max(endOfStep, request.endedAt)
  }
  return steps
}

function toStep(request: StorageRequest): StorageStep {
  const { part, method, path, body, headers, status, reply } = request
  if (part === 'Queue') return toQueueStep(request)
  if (part === 'Table' && path.startsWith('$batch')) return toTransaction(body)
  const [, table = '', partition = '', row = ''] = ENTITY.exec(path) ?? []
  if (part === 'Table' && method === 'GET' && table) {
    return { type: 'read', table, partition, row, ...(status === 200 ? { bytes: valueSize(reply) } : {}) }
  }
  if (part === 'Table' && method !== 'GET') {
    return { type: 'write', table: table || path, rows: [toChange(method, path, 'if-match' in headers, body)] }
  }
  throw new Error(`the benchmark cannot repeat ${part} ${method} ${path}`)
}

function toQueueStep({ method, path, body, reply }: StorageRequest): StorageStep {
  switch (method) {
    case 'POST': {
      const [, delay = '0'] = /visibilitytimeout=(\d+)/.exec(path) ?? []
      return { type: 'send', bytes: messageText(body).length, delaySeconds: Number(delay) }
    }
    case 'GET':
      return { type: 'receive', bytes: messageText(reply).length }
    case 'DELETE':
      return { type: 'remove' }
    default:
      throw new Error(`the benchmark cannot repeat Queue ${method} ${path}`)
  }
}

const messageText = (xml: string): string => /<MessageText>(.*?)<\/MessageText>/s.exec(xml)?.[1] ?? ''

function toTransaction(body: string): StorageStep {
  const parts = body.matchAll(/^(POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP\/1\.1\r?\n([\s\S]*?)(?=^--)/gm)
  let table = ''
  const rows = [...parts].map(([, method = '', url = '', rest = '']) => {
    const path = decodeURIComponent(url.split('/').at(-1) ?? '')
    table = /^\w+/.exec(path)?.[0] ?? ''
    const [headers = '', json = ''] = rest.split(/\r?\n\r?\n/)
    return toChange(method, path, /^if-match:/im.test(headers), json)
  })
  return { type: 'write', table, rows }
}

function toChange(method: string, path: string, isConditional: boolean, json: string): RowChange {
  const [, , partition = '', row = ''] = ENTITY.exec(path) ?? []
  if (method === 'DELETE') return { action: 'delete', partition, row, bytes: 0 }
  if (method !== 'POST') {
    return { action: isConditional ? 'replace' : 'put', partition, row, bytes: valueSize(json) }
  }
  const { PartitionKey = '', RowKey = '' } = JSON.parse(json) as Record<string, string>
  return { action: 'insert', partition: PartitionKey, row: RowKey, bytes: valueSize(json) }
}

/** The length of the string properties d0, d1 ... of an entity, which hold the value of a row. */
function valueSize(json: string): number {
  const properties = Object.entries(JSON.parse(json) as Record<string, unknown>)
  return properties.reduce((sum, [name, value]) => sum + (/^d\d+$/.test(name) ? String(value).length : 0), 0)
}
