import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, vi } from 'vitest'
import { type Bot, type Call, type Ringback, type RingbackOptions, startRingback } from '../../../../testing/index.js'
import { generateMemoryKeys } from '../../../support/memoryKeys.js'

// Applications that call each other, in both dialects: alpha and gamma use the current API, beta that of 2019.

export const MEDIA = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
const PATHS = { communications: '/v1.0/communications/calls', app: '/beta/app/calls' }
type Dialect = keyof typeof PATHS
/** A meeting in a chat; all calls with this chat thread and organizer are in it. */
export const MEETING = {
  chatInfo: { threadId: '19:meeting@thread.v2', messageId: '0' },
  meetingInfo: { '@odata.type': '#microsoft.graph.organizerMeetingInfo', organizer: { user: { id: 'olga' } } },
}

// biome-ignore lint/suspicious/noExplicitAny: tests read bodies of every shape
type Body = any

/** An application, or the id of a person. */
type Party = Application | string

export interface Applications {
  readonly ringback: Ringback
  readonly alpha: Application
  readonly beta: Application
  readonly gamma: Application
  /** Registers another application of the same tenant. */
  register(name: string, dialect: Dialect): Promise<Application>
  /** Lets the applications agree: nothing is left to do until a timer is due. */
  settle(): Promise<void>
  /** Sends a request of an operator, which must be accepted. */
  operate(path: string, body: object): Promise<void>
}

/** @param atEnd takes the function that stops the service; by default it is called at the end of the test */
export async function startApplications(
  settings: RingbackOptions['settings'] = {},
  atEnd: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<Applications> {
  await generateMemoryKeys()
  const ringback = await startRingback({ listen: false, settings })
  atEnd(() => ringback.stop())
  const tenantId = randomUUID()
  const register = async (displayName: string, dialect: Dialect) => {
    const seen: string[] = []
    const callback = async (request: Request) => {
      seen.push(JSON.stringify([...request.headers]), await request.text())
      return undefined
    }
    const bot = await ringback.bot({ displayName, tenantId, dialect, callback })
    names.set(bot.applicationId, displayName)
    return new Application(ringback, { bot, name: displayName, dialect, seen })
  }
  const [alpha, beta, gamma] = [
    await register('alpha', 'communications'),
    await register('beta', 'app'),
    await register('gamma', 'communications'),
  ]
  const token = await ringback.token()
  const operate = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const response = await ringback.fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.ok, `${path}: ${await response.text()}`).toBe(true)
  }
  return { ringback, alpha, beta, gamma, register, settle: () => settle(ringback), operate }
}

/**
 * Hints are due at once; only one that is lost would wait for the next reading, after 10 s. The first notification loads
 * the HTTP client, which takes a busy machine longer than the kit waits.
 */
const settle = (ringback: Ringback): Promise<void> =>
  vi.waitFor(() => ringback.advance('100ms'), { timeout: 30_000, interval: 10 })

interface Registration {
  readonly bot: Bot
  readonly name: string
  readonly dialect: Dialect
  readonly seen: string[]
}

/** A bot that is registered. */
export class Application {
  readonly bot: Bot
  readonly name: string
  readonly dialect: Dialect
  /** The headers and bodies of all notifications and replies that it has got, as text. */
  readonly seen: string[]
  readonly #ringback: Ringback
  #taken = 0

  constructor(ringback: Ringback, { bot, name, dialect, seen }: Registration) {
    this.bot = bot
    this.name = name
    this.dialect = dialect
    this.seen = seen
    this.#ringback = ringback
  }

  async request(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await this.bot.request(method, path, body)
    this.seen.push(JSON.stringify([...response.headers]), await response.clone().text())
    return response
  }

  /** Calls one or several. */
  calls(...parties: Party[]): Promise<ApplicationCall> {
    return this.#create({ targets: parties.map(toTarget) })
  }

  joins(meeting: object = MEETING): Promise<ApplicationCall> {
    return this.#create(meeting)
  }

  async #create(body: object): Promise<ApplicationCall> {
    const { callbackUrl: callbackUri, tenantId } = this.bot
    const given = { callbackUri, tenantId, requestedModalities: ['audio'], mediaConfig: MEDIA }
    const response = await this.request('POST', PATHS[this.dialect], { ...given, ...body })
    const reply = (await response.json()) as Body
    expect(response.status, JSON.stringify(reply)).toBe(201)
    await settle(this.#ringback)
    return new ApplicationCall(this.#ringback, this, reply.id)
  }

  /** Waits for an incoming call that was not taken yet. */
  async rings(): Promise<ApplicationCall> {
    const incoming = () => this.bot.notifications.filter(({ summary }) => summary === 'created call incoming')
    await this.bot.waitFor(() => incoming().length > this.#taken)
    this.#taken += 1
    return new ApplicationCall(this.#ringback, this, incoming()[this.#taken - 1]?.callId ?? '')
  }

  /** Whether no incoming call is left that was not taken. */
  isSilent(): boolean {
    return this.bot.notifications.filter(({ summary }) => summary === 'created call incoming').length === this.#taken
  }
}

/** A call of an application. */
export class ApplicationCall {
  readonly id: string
  readonly path: string
  readonly application: Application
  readonly #ringback: Ringback

  constructor(ringback: Ringback, application: Application, id: string) {
    this.#ringback = ringback
    this.application = application
    // The 2019 API writes ids as 32 capital letters and digits.
    this.id = ringback.calls.find((call) => normalize(call.id) === normalize(id))?.id ?? id
    this.path = `${PATHS[application.dialect]}/${this.id}`
  }

  /** The call as the kit knows it. */
  get call(): Call {
    const call = this.#ringback.calls.find(({ id }) => id === this.id)
    if (!call) throw new Error(`expected the kit to know the call ${this.id}`)
    return call
  }

  request(method: string, path = '', body?: unknown): Promise<Response> {
    return this.application.request(method, `${this.path}${path}`, body)
  }

  /** Sends a request that must be accepted, and waits until it has had its effects. */
  async #do(method: string, path?: string, body?: unknown): Promise<Body> {
    const response = await this.request(method, path, body)
    const text = await response.text()
    expect(response.ok, `${method} ${path}: ${response.status} ${text}`).toBe(true)
    await settle(this.#ringback)
    return text ? JSON.parse(text) : undefined
  }

  act(action: string, body: object = {}): Promise<Body> {
    return this.#do('POST', `/${action}`, body)
  }

  answer(): Promise<Body> {
    const { callbackUrl: callbackUri } = this.application.bot
    return this.act('answer', { callbackUri, acceptedModalities: ['audio'], mediaConfig: MEDIA })
  }

  reject = (reason: string): Promise<Body> => this.act('reject', { reason })
  redirect = (...parties: Party[]): Promise<Body> => this.act('redirect', { targets: parties.map(toTarget) })
  invite = (...parties: Party[]): Promise<Body> =>
    this.act('participants/invite', { participants: parties.map(toTarget) })
  transfer = (target: Party, transferee?: Party): Promise<Body> =>
    this.act('transfer', { transferTarget: toTarget(target), ...(transferee && { transferee: toTarget(transferee) }) })
  hangUp = (): Promise<Body> => this.#do('DELETE')

  /** Mutes a participant by name. */
  async mute(name: string): Promise<void> {
    await this.act(`participants/${await this.#idOf(name)}/mute`)
  }

  /** Removes a participant by name. */
  async remove(name: string): Promise<void> {
    await this.#do('DELETE', `/participants/${await this.#idOf(name)}`)
  }

  async #idOf(name: string): Promise<string> {
    const participants = await this.participants()
    return participants.find((participant) => nameOf(participant) === name)?.id
  }

  async participants(): Promise<Body[]> {
    return ((await (await this.request('GET', '/participants')).json()) as Body).value
  }

  /** Who is in the call, by name in alphabetical order. */
  async roster(): Promise<string[]> {
    return (await this.participants()).map(nameOf).sort()
  }

  /** Who is muted. */
  async muted(): Promise<string[]> {
    const participants = await this.participants()
    return participants
      .filter(({ isMuted }) => isMuted)
      .map(nameOf)
      .sort()
  }

  /** The state of the call, or `gone`. */
  async state(): Promise<string> {
    const response = await this.request('GET')
    return response.status === 404 ? 'gone' : ((await response.json()) as Body).state
  }

  /** The presenters of the shared content, by name. */
  async presenters(): Promise<string[]> {
    const { value } = (await (await this.request('GET', '/contentSharingSessions')).json()) as Body
    const names = new Map((await this.participants()).map((participant) => [participant.id, nameOf(participant)]))
    return value.map(({ presenterParticipantId }: Body) => names.get(presenterParticipantId))
  }

  /** The notifications of this call in a few words. */
  flow(): string[] {
    return this.call.notifications.map(({ summary }) => summary)
  }

  /** The last roster that the application was notified of. */
  notifiedRoster(): string[] {
    const last = this.call.notifications.findLast(({ summary }) => summary.startsWith('updated participants'))
    return last?.body.value[0].resourceData.map(nameOf).sort()
  }

  /** The tones that the application has heard. */
  tones(): string[] {
    return this.call.notifications.flatMap(({ body }) => body.value[0].resourceData.toneInfo?.tone ?? [])
  }

  /** How the call ended, as its last notifications say: a code, or in the 2019 API a reason. */
  end(): Body {
    const ended = this.call.notifications.find(({ summary }) => summary.endsWith('call terminated'))
    const { resultInfo, terminationReason } = ended?.body.value[0].resourceData ?? {}
    return terminationReason ?? (resultInfo && `${resultInfo.code}/${resultInfo.subcode}`)
  }

  /** How the operations of this call ended: `completed 200/0`, for example. */
  operations(): string[] {
    return this.call.notifications
      .filter(({ summary }) => summary.startsWith('deleted operations'))
      .map(({ body }) => {
        const { status, resultInfo: { code, subcode, subCode } = {} as Body } = body.value[0].resourceData
        return `${status} ${code}/${subcode ?? subCode}`
      })
  }
}

const toTarget = (party: Party): object =>
  typeof party === 'string'
    ? { identity: { user: { id: party } } }
    : { identity: { application: { id: party.bot.applicationId } } }

/** The names of the applications by id. */
const names = new Map<string, string>()

/** The name of a participant: that of an application, or the id of a person. */
function nameOf({ info }: Body): string {
  const { application, user } = info.identity
  return application ? (names.get(application.id) ?? application.id) : user.id
}

const normalize = (id: string): string => id.replaceAll('-', '').toLowerCase()

/** One application calls another one, which answers. Returns the calls of both. */
export async function connect(
  caller: Application,
  callee: Application,
): Promise<readonly [ApplicationCall, ApplicationCall]> {
  const outgoing = await caller.calls(callee)
  const incoming = await callee.rings()
  await incoming.answer()
  expect([await outgoing.state(), await incoming.state()]).toEqual(['established', 'established'])
  return [outgoing, incoming]
}

/** Several applications join the same meeting. */
export async function meet<T extends readonly Application[]>(
  ...applications: T
): Promise<{ [I in keyof T]: ApplicationCall }> {
  const calls: ApplicationCall[] = []
  for (const application of applications) calls.push(await application.joins())
  return calls as { [I in keyof T]: ApplicationCall }
}

/** Checks that all calls have the same roster, by API and as their applications were last notified. */
export async function expectRosters(calls: readonly ApplicationCall[], expected: readonly string[]): Promise<void> {
  for (const call of calls) {
    expect(await call.roster(), `roster of ${call.application.name}`).toEqual(expected)
    expect(call.notifiedRoster(), `last notified roster of ${call.application.name}`).toEqual(expected)
  }
}
