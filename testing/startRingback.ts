import { randomUUID } from 'node:crypto'
import { loadFunctions } from '../embedded/functions.js'
import { type HttpListener, listen } from '../embedded/listen.js'
import type { FaultList } from '../shared/simulator/faults.js'
import { type CallbackServer, startCallbackServer } from './callbackServer.js'
import { parseDuration } from './duration.js'
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
  await loadFunctions()
  const kit = new Kit(toEnvironment(options.settings))
  await kit.open(options)
  return kit
}

function toEnvironment(settings: RingbackOptions['settings'] = {}): Record<string, string> {
  const given = Object.entries(settings).map(([name, value]) => [name, String(value)])
  return { SIMULATOR_DEFAULT: 'wait', ...Object.fromEntries(given) }
}

class Kit implements Ringback {
  url = URL_WITHOUT_PORT
  readonly #env: Readonly<Record<string, string>>
  readonly #callbacks: CallbackServer[] = []
  #session: Session
  #listener: HttpListener | undefined

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env
    this.#session = this.#begin()
  }

  async open({ listen: isListening = true, port = 0 }: RingbackOptions): Promise<void> {
    if (!isListening) return
    const handle: Parameters<typeof listen>[0] = (request) => this.#session.embedded.handle(request)
    this.#listener = await listen(handle, { hostname: HOSTNAME, port })
    this.url = this.#listener.baseUrl
  }

  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    return this.#session.fetch(input, init)
  }

  token(options = {}): Promise<string> {
    return this.#session.issueToken(options)
  }

  async bot({ callback, dialect = 'communications', displayName = 'Bot', ...ids }: BotOptions = {}): Promise<Bot> {
    const { applicationId = randomUUID(), tenantId = randomUUID() } = ids
    const callbackUrl = typeof callback === 'string' ? callback : await this.#startCallback(callback)
    const registration = { displayName, tenantId, dialect, callingWebhook: callbackUrl }
    await this.#session.operate('PUT', `/bots/${applicationId}`, registration)
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

  waitFor: Ringback['waitFor'] = (expected, options) => this.#session.waitFor(expected, options)

  now(): Date {
    return new Date(this.#session.embedded.now())
  }

  advance(by: Duration): Promise<void> {
    return this.#session.embedded.advance(parseDuration(by))
  }

  async reset(): Promise<void> {
    this.#replace(this.#begin())
  }

  async snapshot(): Promise<Snapshot> {
    return { ringback: 'snapshot', version: 1, state: await this.#session.save() }
  }

  async restore({ ringback, version, state }: Snapshot): Promise<void> {
    if (ringback !== 'snapshot' || version !== 1)
      throw new TypeError('restore: this is not a snapshot of this version.')
    this.#replace(this.#begin(state as SessionState))
  }

  async stop(): Promise<void> {
    this.#session.embedded.stop()
    await Promise.all([this.#listener?.close(), ...this.#callbacks.map((server) => server.close())])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #begin(state?: SessionState): Session {
    const log = (level: string, source: string, text: string) => {
      if (level === 'error') console.error(`${source}: ${text}`)
    }
    return new Session({ env: this.#env, log }, () => this.url, state)
  }

  #replace(session: Session): void {
    this.#session.embedded.stop()
    this.#session = session
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
