import { randomUUID } from 'node:crypto'
import type { EmbeddedService } from '../embedded/embeddedService.js'
import { isRefused } from '../shared/inspection/entries.js'
import type { CallView } from '../shared/inspection/views.js'
import { readCallView } from '../shared/inspector/callView.js'
import { createCall, drawLadder } from './call.js'
import { toMilliseconds } from './duration.js'
import { describeExpected, findClosest, matches } from './expectation.js'
import { Feed, type FeedState } from './feed.js'
import { type SavableService, type ServiceState, startSavable } from './state.js'
import { toResponse } from './toResponse.js'
import type { Call, ExpectedNotification, Notification, TokenOptions, WaitOptions } from './types.js'

/** Less than the time that vitest gives a test, so that the test fails with the reason. */
export const DEFAULT_WAIT = '4s'
const ANY_TENANT = 'common'
/** The requests of people are the test's own. */
const OWN_PATHS = '/simulator/'
/** How long a stopped service may finish what it has begun. */
const STOP_TIMEOUT_MS = 1_000

/** A request that the service has refused. */
export class RefusedRequest extends Error {
  readonly status: number

  constructor(request: string, status: number, message: string) {
    super(`${request} was refused with ${status}: ${message}`)
    this.name = 'RefusedRequest'
    this.status = status
  }
}

/** The state of a session, as JSON can hold it. */
export interface SessionState {
  readonly service: ServiceState
  readonly feed: FeedState
}

/** What a session knows of the kit. */
interface Kit {
  readonly getUrl: () => string
  /** The session that has replaced this one, or this one. */
  readonly getSession: () => Session
}

/** A service from its start, or from a reset, until the next reset. */
export class Session {
  readonly embedded: EmbeddedService
  readonly feed: Feed
  readonly #save: SavableService['save']
  readonly #kit: Kit
  #operatorToken: Promise<string> | undefined

  /** @param state the state of another session, with which this one begins */
  constructor(options: Parameters<typeof startSavable>[0], kit: Kit, state?: SessionState) {
    const { embedded, save } = startSavable(options, state?.service)
    this.embedded = embedded
    this.feed = new Feed(embedded, state?.feed)
    this.#save = save
    this.#kit = kit
  }

  /** Waits until nothing is left to do, and returns the state. */
  async save(): Promise<SessionState> {
    return { service: await this.#save(), feed: this.feed.save() }
  }

  /** Finishes what has begun, and stops. */
  async stop(): Promise<void> {
    // What takes longer is cut off.
    await this.embedded.idle(STOP_TIMEOUT_MS).catch(() => undefined)
    this.embedded.stop()
  }

  async issueToken({ applicationId = randomUUID(), tenantId = ANY_TENANT, roles }: TokenOptions): Promise<string> {
    const request = { baseUrl: this.#kit.getUrl(), applicationId, tenant: tenantId, roles }
    return (await this.embedded.service.accessTokens.issue(request)).access_token
  }

  /** Answers a request as the service answers one of a bot. */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request = input instanceof Request ? new Request(input, init) : this.#toRequest(input, init)
    return toResponse(await this.embedded.handle(request))
  }

  #toRequest(url: string | URL, init?: RequestInit): Request {
    return new Request(new URL(url, this.#kit.getUrl()), init)
  }

  /**
   * Sends a request of an operator, such as an action of a simulated person.
   *
   * @throws RefusedRequest with the message of the service
   */
  async operate<T>(method: string, path: string, body?: unknown): Promise<T> {
    this.#operatorToken ??= this.issueToken({})
    const headers = { Authorization: `Bearer ${await this.#operatorToken}`, 'Content-Type': typeOf(body) }
    const content = body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body)
    const request = this.#toRequest(path, { method, headers, ...(body !== undefined && { body: content }) })
    const response = toResponse(await this.embedded.handleOwn(request))
    const reply = (await response.json()) as T & { readonly error?: { readonly message?: string } }
    if (!isRefused(response)) return reply
    throw new RefusedRequest(`${method} ${path}`, response.status, reply.error?.message ?? '')
  }

  listCalls(): Call[] {
    return [...this.feed.calls.keys()].map((id) => this.findCall(id))
  }

  /** @throws Error when the service has no such call */
  findCall(id: string): Call {
    return createCall(id, this.#applicationOf(id), this.#kit.getSession)
  }

  /** @throws Error when the service has no such call, for example after a reset, or no longer */
  async readCall(id: string): Promise<CallView> {
    this.#applicationOf(id)
    try {
      return await readCallView(this.embedded.service, id)
    } catch (cause) {
      throw new Error(`The call ${id} was removed: it ended longer ago than RETENTION_MS.`, { cause })
    }
  }

  #applicationOf(callId: string): string {
    const applicationId = this.feed.calls.get(callId)
    if (applicationId === undefined) throw new Error(`The service has no call ${callId}.`)
    return applicationId
  }

  /** @throws Error with the closest notification and the ladders of the calls */
  async waitFor(
    expected: ExpectedNotification,
    { within = DEFAULT_WAIT }: WaitOptions = {},
    isPossible: (notification: Notification) => boolean = () => true,
  ): Promise<Notification> {
    const list = () => this.feed.notifications.filter(isPossible)
    const look = () => list().find((notification) => matches(notification, expected))
    const found = await this.feed.find(look, toMilliseconds(within))
    if (found) return found
    throw new Error(await this.#describeMissing(expected, within, list()))
  }

  async #describeMissing(
    expected: ExpectedNotification,
    within: string,
    delivered: readonly Notification[],
  ): Promise<string> {
    const closest = findClosest(delivered, expected)
    const callIds = new Set(closest ? [closest.callId] : this.feed.calls.keys())
    const draw = (id: string) => this.readCall(id).then(drawLadder, ({ message }: Error) => message)
    const ladders = await Promise.all([...callIds].map(draw))
    return [
      `No notification ${describeExpected(expected)} within ${within}.`,
      closest ? `Closest: #${closest.sequence} ${closest.summary}` : 'None was delivered.',
      ...this.#listRefusals(),
      ...ladders.map((ladder) => `\n${ladder}`),
    ].join('\n')
  }

  /** A bot often ignores that a request was refused. */
  #listRefusals(): string[] {
    const refusals = this.embedded.service.eventLog?.listRefusals() ?? []
    return refusals
      .filter(({ path }) => !path.startsWith(OWN_PATHS))
      .map(({ method, path, status, code }) => `Refused: ${method} ${path} ${status} ${code ?? ''}`.trim())
  }
}

const typeOf = (body: unknown): string => (body instanceof Uint8Array ? 'audio/wav' : 'application/json')
