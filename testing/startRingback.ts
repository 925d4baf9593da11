import { randomUUID } from 'node:crypto'
import { loadFunctions } from '../embedded/functions.js'
import { type HttpListener, listen } from '../embedded/listen.js'
import { explainListenError } from '../hosting/listenError.js'
import type { FaultList } from '../shared/simulator/faults.js'
import { type CallbackServer, startCallbackServer } from './callbackServer.js'
import { toMilliseconds } from './duration.js'
import { checkBotOptions, checkOptions } from './options.js'
import { createPerson } from './person.js'
import { Session, type SessionState } from './session.js'
import type {
  Bot,
  BotOptions,
  Duration,
  Notification,
  Person,
  Ringback,
  RingbackOptions,
  Snapshot,
  startRingback as StartRingback,
} from './types.js'

/** The base URL of a service that does not listen. The name is reserved for this machine (RFC 6761, 6.3). */
const URL_WITHOUT_PORT = 'http://ringback.localhost'
const HOSTNAME = '127.0.0.1'

export const startRingback: typeof StartRingback = async (options = {}) => {
  const env = checkOptions(options)
  await loadFunctions()
  const kit = new Kit(env)
  await kit.open(options)
  return kit
}

class Kit implements Ringback {
  url = URL_WITHOUT_PORT
  readonly #env: Readonly<Record<string, string>>
  readonly #callbacks: CallbackServer[] = []
  #running: Session | undefined
  #listener: HttpListener | undefined

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
    this.#running = this.#begin()
  }

  async open({ listen: isListening = true, port = 0 }: RingbackOptions): Promise<void> {
    if (!isListening) return
    const handle: Parameters<typeof listen>[0] = (request) => this.#session.embedded.handle(request)
    try {
      this.#listener = await listen(handle, { hostname: HOSTNAME, port })
    } catch (error) {
      await this.stop()
      const otherPort = 'leave it out to use a free one'
      throw explainListenError(error as NodeJS.ErrnoException, { hostname: HOSTNAME, port, otherPort })
    }
    // A test that forgets to stop the service can still end.
    this.#listener.unref()
    this.url = this.#listener.baseUrl
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return this.#session.fetch(input, init)
  }

  async token(options = {}): Promise<string> {
    return this.#session.issueToken(options)
  }

  async bot(options: BotOptions = {}): Promise<Bot> {
    checkBotOptions(options)
    const { callback, dialect = 'communications', displayName = 'Bot' } = options
    const { applicationId = randomUUID(), tenantId = randomUUID() } = options
    const session = this.#session
    const callbackUrl = typeof callback === 'string' ? callback : await this.#startCallback(callback)
    const registration = { displayName, tenantId, dialect, callingWebhook: callbackUrl }
    await session.operate('PUT', `/bots/${applicationId}`, registration)
    return this.#createBot({ applicationId, tenantId, callbackUrl })
  }

  person(id: string): Person {
    return createPerson(id, () => this.#session)
  }

  get calls() {
    return this.#session.listCalls()
  }

  get notifications() {
    return [...this.#session.feed.notifications]
  }

  waitFor: Ringback['waitFor'] = async (expected, options) => this.#session.waitFor(expected, options)

  now(): Date {
    return new Date(this.#session.embedded.now())
  }

  async advance(by: Duration): Promise<void> {
    await this.#session.embedded.advance(toMilliseconds(by))
  }

  async reset(): Promise<void> {
    await this.#replace()
  }

  async snapshot(): Promise<Snapshot> {
    return { ringback: 'snapshot', version: 1, state: await this.#session.save() }
  }

  async restore(snapshot: Snapshot): Promise<void> {
    if (!isSnapshot(snapshot)) throw new TypeError('restore: this is not a snapshot of this version.')
    await this.#replace(snapshot.state as SessionState)
  }

  async stop(): Promise<void> {
    const session = this.#running
    // The service answers what a bot still asks while it finishes.
    await session?.stop()
    this.#running = undefined
    await Promise.all([this.#listener?.close(), ...this.#callbacks.map((server) => server.close())])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** @throws Error after `stop` */
  get #session(): Session {
    if (!this.#running) throw new Error('The service is stopped.')
    return this.#running
  }

  #begin(state?: SessionState): Session {
    const log = (level: string, source: string, text: string) => {
      if (level === 'error') console.error(`${source}: ${text}`)
    }
    const kit = { getUrl: () => this.url, getSession: () => this.#session }
    return new Session({ env: this.#env, log }, kit, state)
  }

  async #replace(state?: SessionState): Promise<void> {
    await this.#session.stop()
    this.#running = this.#begin(state)
  }

  async #startCallback(callback: Exclude<BotOptions['callback'], string>): Promise<string> {
    const server = await startCallbackServer(callback)
    this.#callbacks.push(server)
    return server.url
  }

  #createBot({ applicationId, tenantId, callbackUrl }: Pick<Bot, 'applicationId' | 'tenantId' | 'callbackUrl'>): Bot {
    const isOfBot = (notification: Notification) => notification.applicationId === applicationId
    const getSession = () => this.#session
    const token = (roles?: readonly string[]) =>
      getSession().issueToken({ applicationId, tenantId, ...(roles && { roles }) })
    return {
      applicationId,
      tenantId,
      callbackUrl,
      get notifications() {
        return getSession().feed.notifications.filter(isOfBot)
      },
      waitFor: (expected, options) => getSession().waitFor(expected, options, isOfBot),
      token,
      async setFaults(faults, options) {
        await getSession().operate('PUT', `/simulator/faults/${applicationId}`, { ...options, faults })
      },
      async faults() {
        return (await getSession().operate<FaultList>('GET', `/simulator/faults/${applicationId}`)).faults
      },
      async request(method, path, body) {
        const headers = { Authorization: `Bearer ${await token()}`, 'Content-Type': 'application/json' }
        return getSession().fetch(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
      },
    }
  }
}

/** A snapshot may come from a file. */
function isSnapshot(snapshot: Snapshot | null): boolean {
  const { ringback, version, state } = snapshot ?? {}
  const { service, feed } = (state ?? {}) as Partial<SessionState>
  const lists = [service?.rows, service?.blobs, service?.messages, feed?.calls, feed?.notifications, feed?.attempts]
  return ringback === 'snapshot' && version === 1 && lists.every(Array.isArray)
}
