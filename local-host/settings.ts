import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Environment variables, which are also the app settings. */
export type Env = Record<string, string | undefined>

/** The part of host.json that this host follows, defaults filled in. Times are in milliseconds. */
export interface HostSettings {
  routePrefix: string
  queues: QueueSettings
}

/** extensions.queues of host.json; docs: https://learn.microsoft.com/azure/azure-functions/functions-host-json */
export interface QueueSettings {
  batchSize: number
  newBatchThreshold: number
  maxDequeueCount: number
  maxPollingInterval: number
  visibilityTimeout: number
  base64: boolean
}

/** What one receive can return at most (Queue service REST API, Get Messages: numofmessages). */
const MAX_BATCH_SIZE = 32

/** Reads host.json; a variable such as `AzureFunctionsJobHost__extensions__queues__batchSize` overrides its value. */
export async function readHostSettings(appDirectory: string, env: Env): Promise<HostSettings> {
  const hostJson: unknown = JSON.parse(await readFile(join(appDirectory, 'host.json'), 'utf8'))
  const text = (path: string, fallback: string) => String(override(env, path) ?? valueAt(hostJson, path) ?? fallback)
  const queue = (name: string, fallback: string) => text(`extensions.queues.${name}`, fallback)

  const batchSize = wholeNumber('batchSize', queue('batchSize', '16'))
  if (batchSize < 1 || batchSize > MAX_BATCH_SIZE)
    throw new Error(`host.json: batchSize must be 1 to ${MAX_BATCH_SIZE}`)
  const half = String(Math.floor(batchSize / 2))
  return {
    routePrefix: text('extensions.http.routePrefix', 'api'),
    queues: {
      batchSize,
      newBatchThreshold: wholeNumber('newBatchThreshold', queue('newBatchThreshold', half)),
      maxDequeueCount: wholeNumber('maxDequeueCount', queue('maxDequeueCount', '5')),
      maxPollingInterval: timeSpan('maxPollingInterval', queue('maxPollingInterval', '00:01:00')),
      visibilityTimeout: timeSpan('visibilityTimeout', queue('visibilityTimeout', '00:00:00')),
      base64: queue('messageEncoding', 'base64').toLowerCase() === 'base64',
    },
  }
}

function override(env: Env, path: string): string | undefined {
  const name = `AzureFunctionsJobHost__${path.replaceAll('.', '__')}`.toLowerCase()
  return Object.entries(env).find(([key]) => key.toLowerCase() === name)?.[1]
}

function valueAt(value: unknown, path: string): unknown {
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`host.json: ${name} must be a whole number, not '${text}'`)
  return Number(text)
}

/** A .NET TimeSpan, `[d.]hh:mm:ss[.fffffff]`, in milliseconds. */
function timeSpan(name: string, text: string): number {
  const parts = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,7})?)$/.exec(text)
  if (!parts) throw new Error(`host.json: ${name} must be a time span such as 00:00:02, not '${text}'`)
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ]
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}
