import { randomUUID } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import type { RunningHost } from '../../support/runningHost.js'
import {
  meetingBody,
  type Received,
  SERVICE_HOSTED,
  startBot,
  type TestBot,
  type TestReply,
} from '../../support/testBot.js'
import { callOf, expectArrivalsInOrder, requestUntilAnswered, SHORT_TIMES } from './harness.js'

// Bots that call each other, in both dialects, on a service whose processes are killed.

/** No call times out while a process starts on a busy machine. */
export const PATIENT_TIMES = { ...SHORT_TIMES, ANSWER_TIMEOUT_MS: '600000', RING_TIMEOUT_MS: '600000' }
/**
 * From a kill until all calls agree. A quiet machine needs up to 20 s: the start of a process, a sweep, a lease, and the
 * next reading of the other calls, which is due every 10 s. A busy machine needs several times that.
 */
export const AGREED = { timeout: 120_000, interval: 200 }

const PATHS = { communications: '/v1.0/communications/calls', app: '/beta/app/calls' }
const DIALECTS = { alpha: 'communications', beta: 'app', gamma: 'communications' } as const
export type Name = keyof typeof DIALECTS
export type Applications = Readonly<Record<Name, Application>>

/** A call of an application. */
export interface OwnCall {
  readonly application: Application
  readonly callId: string
}

/** A notification, as an operator sees it. */
interface Delivery {
  readonly id: string
  readonly callId: string
  readonly sequence: number
  readonly state: string
}

/** Registers three bots of one tenant. They answer every call. */
export async function startApplications(hosts: readonly RunningHost[]): Promise<Applications> {
  const tenantId = randomUUID()
  const start = async (name: Name) => {
    const bot = await startBot(hosts[0]?.baseUrl ?? '', undefined, undefined, tenantId)
    onTestFinished(() => bot.close())
    const application = new Application(name, bot, hosts)
    await application.register()
    return application
  }
  return { alpha: await start('alpha'), beta: await start('beta'), gamma: await start('gamma') }
}

/** The names of the applications by id. */
const names = new Map<string, Name>()

/** A bot that answers every call. It repeats requests until a process answers. */
export class Application {
  readonly name: Name
  readonly bot: TestBot
  readonly #hosts: readonly RunningHost[]
  readonly #answering = new Map<string, Promise<TestReply>>()

  constructor(name: Name, bot: TestBot, hosts: readonly RunningHost[]) {
    this.name = name
    this.bot = bot
    this.#hosts = hosts
    names.set(bot.applicationId, name)
    bot.onNotification = (received, response) => {
      response.writeHead(202).end()
      this.#handle(received)
    }
  }

  async register(): Promise<void> {
    const { applicationId, tenantId, callbackUri: callingWebhook } = this.bot
    const registration = { displayName: this.name, tenantId, callingWebhook, dialect: DIALECTS[this.name] }
    expect((await this.request('PUT', `/bots/${applicationId}`, registration)).status).toBe(201)
  }

  /** Answers an incoming call, once. */
  #handle(received: Received): void {
    const callId = callOf(received)
    const isIncoming = received.body.value[0].changeType === 'created'
    if (!isIncoming || this.#answering.has(callId)) return
    const body = { callbackUri: this.bot.callbackUri, acceptedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }
    this.#answering.set(callId, this.#act('POST', callId, '/answer', body))
  }

  /** Sends a request until it is answered. */
  request(method: string, path: string, body?: object): Promise<TestReply> {
    return requestUntilAnswered({ bot: this.bot, hosts: this.#hosts }, method, path, body)
  }

  #act(method: string, callId: string, path = '', body?: object): Promise<TestReply> {
    return this.request(method, `${PATHS[DIALECTS[this.name]]}/${callId}${path}`, body)
  }

  /** Calls another application. */
  calls({ bot }: Application): Promise<OwnCall> {
    const targets = [{ identity: { application: { id: bot.applicationId } } }]
    return this.#create({ targets, requestedModalities: ['audio'], mediaConfig: SERVICE_HOSTED })
  }

  /** Joins the meeting of a chat. */
  joins(threadId: string): Promise<OwnCall> {
    const { chatInfo, ...meeting } = meetingBody(this.bot.callbackUri)
    return this.#create({ ...meeting, chatInfo: { ...chatInfo, threadId } })
  }

  async #create(body: object): Promise<OwnCall> {
    const { callbackUri, tenantId } = this.bot
    const path = PATHS[DIALECTS[this.name]]
    const reply = await this.request('POST', path, { callbackUri, tenantId, ...body })
    expect(reply.status, reply.text).toBe(201)
    return { application: this, callId: reply.body.id }
  }

  async mutes(callId: string, name: string): Promise<void> {
    const muted = (await this.#participants(callId)).find((participant) => nameOf(participant) === name)
    expect((await this.#act('POST', callId, `/participants/${muted?.id}/mute`, {})).status).toBe(200)
  }

  async hangsUp(callId: string): Promise<void> {
    // 404: an earlier attempt hung up, and its reply was lost, or the call had ended before.
    expect([204, 404]).toContain((await this.#act('DELETE', callId)).status)
  }

  /** A person joins one of its calls. */
  async admits(callId: string, personId: string): Promise<void> {
    const path = `/simulator/calls/${callId}/participants`
    // 409: they have joined already, by an earlier attempt.
    expect([201, 409]).toContain((await this.request('POST', path, { identity: { user: { id: personId } } })).status)
  }

  /** A person hangs up, in whichever call they are. */
  async dismisses(personId: string): Promise<void> {
    // 404: they have left already, by an earlier attempt.
    expect([200, 404]).toContain((await this.request('POST', `/simulator/people/${personId}/leave`)).status)
  }

  /** The incoming calls that it has answered. */
  incoming(): OwnCall[] {
    return [...this.#answering.keys()].map((callId) => ({ application: this, callId }))
  }

  /** Whether the application was notified of this state of a call, such as `established`. */
  wasNotified(callId: string, state: string): boolean {
    const ofCall = this.bot.received.filter((received) => callOf(received) === callId)
    return ofCall.some(({ body }) => body.value[0].resourceData?.state === state)
  }

  /** Who is in a call, by name, or `gone`. */
  async roster(callId: string): Promise<string> {
    return listNames(await this.#participants(callId))
  }

  /** Who is muted in a call. */
  async muted(callId: string): Promise<string> {
    return listNames((await this.#participants(callId)).filter(({ isMuted }) => isMuted))
  }

  /** Returns no one when the call has ended. */
  async #participants(callId: string): Promise<Participant[]> {
    const { status, body } = await this.#act('GET', callId, '/participants')
    return status === 404 ? [] : body.value
  }

  /** Its call in the meeting of a chat. */
  async callIn(threadId: string): Promise<OwnCall> {
    const callIds = new Set((await this.listDeliveries()).map(({ callId }) => callId))
    for (const callId of callIds) {
      const { body } = await this.#act('GET', callId)
      if (body?.chatInfo?.threadId === threadId) return { application: this, callId }
    }
    throw new Error(`expected ${this.name} to be in the meeting ${threadId}`)
  }

  /** Its notifications. */
  async listDeliveries(): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    let path: string | undefined = `/deliveries?applicationId=${this.bot.applicationId}`
    while (path !== undefined) {
      const { body } = await this.request('GET', path)
      deliveries.push(...body.value)
      const next: string | undefined = body['@odata.nextLink']
      path = next && new URL(next).pathname + new URL(next).search
    }
    return deliveries
  }
}

interface Participant {
  readonly id: string
  readonly isMuted: boolean
  readonly info: { readonly identity: Readonly<Record<'application' | 'user', { readonly id: string } | undefined>> }
}

function nameOf({ info }: Participant): string {
  const { application, user } = info.identity
  return application ? (names.get(application.id) ?? application.id) : (user?.id ?? '')
}

const listNames = (participants: readonly Participant[]): string => participants.map(nameOf).sort().join(' ')

/** Waits until each of these calls has this roster; an empty one when it has ended. */
export const expectRosters = (calls: readonly OwnCall[], ...roster: readonly string[]): Promise<void> =>
  expect
    .poll(() => Promise.all(calls.map(({ application, callId }) => application.roster(callId))), AGREED)
    .toEqual(calls.map(() => roster.toSorted().join(' ')))

/** Waits until all notifications of an application are acknowledged, and checks that none is missing. */
export async function expectDelivered(application: Application): Promise<readonly Delivery[]> {
  const pending = async () => (await application.listDeliveries()).filter(({ state }) => state !== 'delivered')
  await expect.poll(pending, AGREED).toEqual([])
  const deliveries = await application.listDeliveries()
  for (const ofCall of Map.groupBy(deliveries, ({ callId }) => callId).values()) {
    const sequences = ofCall.map(({ sequence }) => sequence).sort((one, other) => one - other)
    expect(sequences).toEqual(sequences.map((_, index) => index + 1))
  }
  return deliveries
}

/** Waits as `expectDelivered` does, and checks that each call has got all of its notifications, in their order. */
export async function expectNothingLost(application: Application): Promise<void> {
  const deliveries = await expectDelivered(application)
  const { received } = application.bot
  for (const callId of new Set(received.map(callOf))) expectArrivalsInOrder(received, callId)
  const arrived = new Set(received.map(({ headers }) => headers['ringback-notification-id']))
  const lost = deliveries.filter(({ id }) => !arrived.has(id))
  expect(lost, `lost by ${application.name}`).toEqual([])
}
