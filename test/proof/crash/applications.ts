import { randomUUID } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import type { RunningHost } from '../../support/serviceProcess.js'
import {
  meetingBody,
  type Received,
  SERVICE_HOSTED,
  startBot,
  type TestBot,
  type TestReply,
} from '../../support/testBot.js'
import { callOf, requestUntilAnswered } from './harness.js'

// Bots that call each other, in both dialects, on a service whose processes are killed.

const PATHS = { communications: '/v1.0/communications/calls', app: '/beta/app/calls' }
type Dialect = keyof typeof PATHS
const NAMES = { alpha: 'communications', beta: 'app', gamma: 'communications' } as const
export type Name = keyof typeof NAMES
export type Applications = Readonly<Record<Name, Application>>

/** Registers three bots of one tenant. They answer every call. */
export async function startApplications(hosts: readonly RunningHost[]): Promise<Applications> {
  const tenantId = randomUUID()
  const start = async (name: Name) => {
    const bot = await startBot(hosts[0]?.baseUrl ?? '', undefined, undefined, tenantId)
    onTestFinished(() => bot.close())
    return new Application(name, NAMES[name], bot, hosts)
  }
  const applications = { alpha: await start('alpha'), beta: await start('beta'), gamma: await start('gamma') }
  for (const application of Object.values(applications)) await application.register()
  const names = new Map(Object.values(applications).map(({ bot, name }) => [bot.applicationId, name]))
  for (const application of Object.values(applications)) application.names = names
  return applications
}

/** A bot that answers every call. It repeats requests until a process answers. */
export class Application {
  readonly name: Name
  readonly dialect: Dialect
  readonly bot: TestBot
  /** The names of all applications by id. */
  names: ReadonlyMap<string, Name> = new Map()
  readonly #hosts: readonly RunningHost[]
  readonly #answering = new Map<string, Promise<TestReply>>()

  constructor(name: Name, dialect: Dialect, bot: TestBot, hosts: readonly RunningHost[]) {
    this.name = name
    this.dialect = dialect
    this.bot = bot
    this.#hosts = hosts
    bot.onNotification = (received, response) => {
      response.writeHead(202).end()
      this.#handle(received)
    }
  }

  async register(): Promise<void> {
    expect((await this.bot.register(this.dialect)).status).toBe(201)
  }

  /** Answers an incoming call, once. */
  #handle(received: Received): void {
    const callId = callOf(received)
    const isIncoming = received.body.value[0].changeType === 'created'
    if (!isIncoming || this.#answering.has(callId)) return
    const body = { callbackUri: this.bot.callbackUri, acceptedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }
    this.#answering.set(callId, this.act('POST', callId, '/answer', body))
  }

  /** Sends a request until it is answered. */
  request(method: string, path: string, body?: object): Promise<TestReply> {
    return requestUntilAnswered({ bot: this.bot, hosts: this.#hosts }, method, path, body)
  }

  /** Sends a request about a call. */
  act(method: string, callId: string, path = '', body?: object): Promise<TestReply> {
    return this.request(method, `${PATHS[this.dialect]}/${callId}${path}`, body)
  }

  /** Calls another application. Returns the id of the own call. */
  calls({ bot }: Application): Promise<string> {
    const targets = [{ identity: { application: { id: bot.applicationId } } }]
    return this.#create({ targets, requestedModalities: ['audio'], mediaConfig: SERVICE_HOSTED })
  }

  /** Joins the meeting of a chat. Returns the id of the own call. */
  joins(threadId: string): Promise<string> {
    const { chatInfo, ...meeting } = meetingBody(this.bot.callbackUri)
    return this.#create({ ...meeting, chatInfo: { ...chatInfo, threadId } })
  }

  async #create(body: object): Promise<string> {
    const { callbackUri, tenantId } = this.bot
    const {
      status,
      body: call,
      text,
    } = await this.request('POST', PATHS[this.dialect], { callbackUri, tenantId, ...body })
    expect(status, text).toBe(201)
    return call.id
  }

  async mutes(callId: string, name: string): Promise<void> {
    const muted = (await this.#participants(callId)).find((participant) => this.#nameOf(participant) === name)
    expect((await this.act('POST', callId, `/participants/${muted?.id}/mute`, {})).status).toBe(200)
  }

  async hangsUp(callId: string): Promise<void> {
    // 404: an earlier attempt hung up, and its reply was lost, or the call had ended before.
    expect([204, 404]).toContain((await this.act('DELETE', callId)).status)
  }

  /** A person joins one of its calls. */
  async admits(callId: string, personId: string): Promise<void> {
    const path = `/simulator/calls/${callId}/participants`
    // 409: they have joined already, by an earlier attempt.
    expect([201, 409]).toContain((await this.request('POST', path, { identity: { user: { id: personId } } })).status)
  }

  /** The ids of its incoming calls. */
  incoming(): string[] {
    return [...this.#answering.keys()]
  }

  /** The ids of all its calls, as its dialect writes them. */
  callIds(): string[] {
    return [...new Set(this.bot.received.map(callOf))]
  }

  /** Whether the application was notified of this change of a call, such as `established`. */
  wasNotified(callId: string, state: string): boolean {
    const ofCall = this.bot.received.filter((received) => callOf(received) === callId)
    return ofCall.some(({ body }) => body.value[0].resourceData?.state === state)
  }

  /** Who is in the call, by kind and name, or `gone`. */
  async roster(callId: string): Promise<string> {
    const participants = await this.#participants(callId)
    return (
      participants
        ?.map((participant: object) => this.#nameOf(participant))
        .sort()
        .join(' ') ?? 'gone'
    )
  }

  /** Who is muted in the call. */
  async muted(callId: string): Promise<string> {
    const participants = await this.#participants(callId)
    const muted = participants?.filter(({ isMuted }: { isMuted: boolean }) => isMuted)
    return (
      muted
        ?.map((participant: object) => this.#nameOf(participant))
        .sort()
        .join(' ') ?? 'gone'
    )
  }

  async #participants(callId: string) {
    const { status, body } = await this.act('GET', callId, '/participants')
    return status === 404 ? undefined : body.value
  }

  // biome-ignore lint/suspicious/noExplicitAny: a participant of either dialect
  #nameOf({ info }: any): string {
    const { application, user } = info.identity
    return application ? (this.names.get(application.id) ?? 'unknown') : user.id
  }
}
