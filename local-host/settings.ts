import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { explainFileError, UserError } from '../hosting/userError.js'

/** Environment variables, which are also the app settings. */
export type Env = Record<string, string | undefined>

/** The part of host.json that this host supports, with defaults filled in. Times are in milliseconds. */
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
  isBase64: boolean
}

/** The most messages that one receive returns (Queue service REST API, Get Messages: numofmessages). */
const MAX_BATCH_SIZE = 32

/**
 * Reads host.json; a variable such as `AzureFunctionsJobHost__extensions__queues__batchSize` overrides its value.
 * @throws UserError that names the invalid value
 */
export async function readHostSettings(appDirectory: string, env: Env): Promise<HostSettings> {
  const hostJson = await readHostJson(appDirectory)
  const readText = (path: string, fallback: string) =>
    String(findOverride(env, path) ?? findValue(hostJson, path) ?? fallback)
  const readQueueText = (name: string, fallback: string) => readText(`extensions.queues.${name}`, fallback)
  const readNumber = (name: string, fallback: string) => parseWholeNumber(name, readQueueText(name, fallback))
  const readTimeSpan = (name: string, fallback: string) => parseTimeSpan(name, readQueueText(name, fallback))

  const batchSize = readNumber('batchSize', '16')
  if (batchSize < 1 || batchSize > MAX_BATCH_SIZE) {
    throw invalidQueueValue('batchSize', `a number from 1 to ${MAX_BATCH_SIZE}`, String(batchSize))
  }
  return {
    routePrefix: readText('extensions.http.routePrefix', 'api'),
    queues: {
      batchSize,
      newBatchThreshold: readNumber('newBatchThreshold', String(Math.floor(batchSize / 2))),
      maxDequeueCount: readNumber('maxDequeueCount', '5'),
      maxPollingInterval: readTimeSpan('maxPollingInterval', '00:01:00'),
      visibilityTimeout: readTimeSpan('visibilityTimeout', '00:00:00'),
      isBase64: readQueueText('messageEncoding', 'base64').toLowerCase() === 'base64',
    },
  }
}

async function readHostJson(appDirectory: string): Promise<unknown> {
  const file = join(resolve(appDirectory), 'host.json')
  const problem = `Cannot read ${file}. Run the command in the directory of the app.`
  const text = await readFile(file, 'utf8').catch(explainFileError(problem))
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UserError(`${file} is not valid JSON. Correct it. (${(cause as Error).message})`, { cause })
  }
}

const overrideName = (path: string) => `AzureFunctionsJobHost__${path.replaceAll('.', '__')}`

function findOverride(env: Env, path: string): string | undefined {
  const name = overrideName(path).toLowerCase()
  return Object.entries(env).find(([key]) => key.toLowerCase() === name)?.[1]
}

function findValue(value: unknown, path: string): unknown {
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

function parseWholeNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw invalidQueueValue(name, 'a whole number', text)
  return Number(text)
}

/** Parses a .NET TimeSpan, `[d.]hh:mm:ss[.fffffff]`, into milliseconds. */
function parseTimeSpan(name: string, text: string): number {
  const parts = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,7})?)$/.exec(text)
  if (!parts) throw invalidQueueValue(name, 'a time span such as 00:00:02', text)
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0))
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

/** Names both places that the value can come from. */
function invalidQueueValue(name: string, expected: string, text: string): UserError {
  const path = `extensions.queues.${name}`
  return new UserError(
    `${path} of host.json (or the environment variable ${overrideName(path)}) must be ${expected}, not '${text}'.`,
  )
}
