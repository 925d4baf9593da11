import { inject } from 'vitest'
import { documentedOperations, type Version } from '../../../support/documentedOperations.js'
import { APP2019, COMMUNICATIONS, type Dialect, dialects } from '../../../support/scenarios.js'
import { startBot, type TestBot, type TestReply } from '../../../support/testBot.js'
import { perform } from '../../conformance/plays.js'
import { type BodyPaths, type DocumentedMessage, pathsOfBody } from './facts.js'
import { listMoreCalls } from './moreCalls.js'
import { sendRequest } from './sendRequest.js'

// What the service really sends: the replies and notifications of every documented operation, of every documented
// request, and of a few more calls, in both dialects.

interface SentMessage {
  readonly dialect: Dialect
  readonly kind: 'response' | 'notification'
  readonly what: string
  readonly status?: number
  readonly hasLocation: boolean
  readonly paths: BodyPaths
}

export interface Corpus {
  readonly messages: readonly SentMessage[]
  /** The replies to the documented requests, by the id of the request; undefined if there is no such operation. */
  readonly replies: ReadonlyMap<string, TestReply | undefined>
}

/** The dialect of the service that corresponds to this version of the API. */
export const dialectOf = (version: Version): Dialect => (version === '2019' ? APP2019 : COMMUNICATIONS)

/** How many calls take place at the same time. */
const CONCURRENCY = 8

/** Tries every operation in both dialects, every documented request in its own, and a few more calls in both. */
export async function collectCorpus(documented: readonly DocumentedMessage[]): Promise<Corpus> {
  const messages: SentMessage[] = []
  const replies = new Map<string, TestReply | undefined>()
  const tasks = [
    ...dialects.flatMap((dialect) => [
      ...documentedOperations.map((operation) => ({
        dialect,
        run: (bot: TestBot) => perform(operation, dialect, bot),
      })),
      ...listMoreCalls(documented).map((call) => ({ dialect, run: (bot: TestBot) => call(bot, dialect) })),
    ]),
    ...groupRequests(documented).map(([request, ...same]) => {
      const dialect = dialectOf(request.version)
      const run = async (bot: TestBot) => {
        const reply = await sendRequest(request, dialect, bot)
        for (const { id } of [request, ...same]) replies.set(id, reply)
      }
      return { dialect, run }
    }),
  ]
  const work = async (): Promise<void> => {
    for (let task = tasks.shift(); task; task = tasks.shift()) messages.push(...(await record(task.dialect, task.run)))
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return { messages, replies }
}

/** Requests of the same shape in the same dialect, which are sent once. */
function groupRequests(documented: readonly DocumentedMessage[]): [DocumentedMessage, ...DocumentedMessage[]][] {
  const groups = new Map<string, [DocumentedMessage, ...DocumentedMessage[]]>()
  for (const message of documented.filter(({ kind }) => kind === 'request')) {
    const shape = JSON.stringify([...message.shape], (_, value) => (value instanceof Map ? [...value] : value))
    const key = `${dialectOf(message.version).dialect} ${message.what} ${shape}`
    const group = groups.get(key)
    if (group) group.push(message)
    else groups.set(key, [message])
  }
  return [...groups.values()]
}

/** Runs with a bot of its own, and returns everything that the service has sent to it. */
async function record(dialect: Dialect, run: (bot: TestBot) => Promise<unknown>): Promise<SentMessage[]> {
  const bot = await startBot(inject('baseUrl'))
  const messages: SentMessage[] = []
  const recorded: TestBot = Object.assign(Object.create(bot), {
    request: async (method: string, path: string, body?: unknown) => {
      const reply = await bot.request(method, path, body)
      if (path.startsWith('/simulator/')) return reply
      const { status, headers } = reply
      const what = `${method} ${templateOf(path)}`.toLowerCase()
      const paths = pathsOfBody(reply.body)
      messages.push({ dialect, kind: 'response', what, status, hasLocation: headers.has('location'), paths })
      return reply
    },
  })
  try {
    // A registered bot has a display name.
    await bot.register(dialect.dialect)
    await run(recorded)
    const notifications = bot.received.map(({ body }): SentMessage => {
      const what = body.value[0].resource.split('/')[4]?.toLowerCase() ?? 'call'
      return { dialect, kind: 'notification', what, hasLocation: false, paths: pathsOfBody(body) }
    })
    return [...messages, ...notifications]
  } finally {
    await bot.close()
  }
}

const PARAMETERS: Readonly<Record<string, string>> = {
  calls: '{callId}',
  participants: '{participantId}',
  audioRoutingGroups: '{groupId}',
  operations: '{operationId}',
  contentSharingSessions: '{sessionId}',
}
const ACTIONS = ['invite', 'mute', 'muteAll', 'configureMixer', 'logTeleconferenceDeviceQuality']

/** The path below `calls`, with the names of its parameters. */
function templateOf(path: string): string {
  const segments = path.replace(/^.*?(?=\bcalls\b)/, '').split('/')
  return segments
    .map((segment, index) => (ACTIONS.includes(segment) ? segment : (PARAMETERS[segments[index - 1] ?? ''] ?? segment)))
    .join('/')
}
