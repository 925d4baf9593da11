import { randomUUID } from 'node:crypto'
import type { EmbeddedService } from '../embedded/embeddedService.js'
import { toDiagram } from '../shared/inspection/diagram.js'
import { renderLadder } from '../shared/inspection/ladder.js'
import { readCallView } from '../shared/inspector/callView.js'
import { parseDuration } from './duration.js'
import { describeExpected, findClosest, matches } from './expectation.js'
import { Feed, type FeedState } from './feed.js'
import { type SavableService, type ServiceState, startSavable } from './state.js'
import { toResponse } from './toResponse.js'
import type { Call, ExpectedNotification, Notification, TokenOptions, WaitOptions } from './types.js'

/** Less than the time that vitest gives a test, so that the test fails with the reason. */
export const DEFAULT_WAIT = '4s'
const ANY_TENANT = 'common'
const FIRST_ERROR_STATUS = 400

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

/** One life of a service, from its start or a reset to the next one. */
export class Session {
  readonly embedded: EmbeddedService
  readonly feed: Feed
  readonly #save: SavableService['save']
  readonly #getUrl: () => string
  #operatorToken: Promise<string> | undefined

  /** @param state the state of another session, from which this one goes on */
  constructor(options: Parameters<typeof startSavable>[0], getUrl: () => string, state?: SessionState) {
    const { embedded, save } = startSavable(options, state?.service)
    this.embedded = embedded
    this.feed = new Feed(embedded, state?.feed)
    this.#save = save
    this.#getUrl = getUrl
  }

  /** Waits until nothing is left to do, and returns the state. */
  async save(): Promise<SessionState> {
    return { service: await this.#save(), feed: this.feed.save() }
  }

  async issueToken({ applicationId = randomUUID(), tenantId = ANY_TENANT, roles }: TokenOptions): Promise<string> {
    const request = { baseUrl: this.#getUrl(), applicationId, tenant: tenantId, roles }
    return (await this.embedded.service.accessTokens.issue(request)).access_token
  }

  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const request =
      input instanceof Request ? new Request(input, init) : new Request(new URL(input, this.#getUrl()), init)
    return toResponse(await this.embedded.handle(request))
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
    const response = await this.fetch(path, { method, headers, ...(body !== undefined && { body: content }) })
    const reply = (await response.json()) as T & { readonly error?: { readonly message?: string } }
    if (response.status < FIRST_ERROR_STATUS) return reply
    throw new RefusedRequest(`${method} ${path}`, response.status, reply.error?.message ?? '')
  }

  listCalls(): Call[] {
    return [...this.feed.calls.keys()].map((id) => this.findCall(id))
  }

  /** @throws Error when the call is not one of this service, for example after a reset */
  findCall(id: string): Call {
    const applicationId = this.feed.calls.get(id)
    if (applicationId === undefined) throw new Error(`The service has no call ${id}.`)
    const isOfCall = ({ callId }: Notification) => callId === id
    const { feed } = this
    return {
      id,
      applicationId,
      get notifications() {
        return feed.notifications.filter(isOfCall)
      },
      state: async () => (await readCallView(this.embedded.service, id)).state,
      waitFor: (expected, options) => this.waitFor(expected, options, isOfCall),
      ladder: () => this.drawLadder(id),
    }
  }

  /** @throws Error with the closest notification and the ladders of the calls */
  async waitFor(
    expected: ExpectedNotification,
    { within = DEFAULT_WAIT }: WaitOptions = {},
    isPossible: (notification: Notification) => boolean = () => true,
  ): Promise<Notification> {
    const list = () => this.feed.notifications.filter(isPossible)
    const look = () => list().find((notification) => matches(notification, expected))
    const found = await this.feed.find(look, parseDuration(within))
    if (found) return found
    const closest = findClosest(list(), expected)
    const callIds = new Set(closest ? [closest.callId] : this.feed.calls.keys())
    const ladders = await Promise.all([...callIds].map((id) => this.drawLadder(id)))
    throw new Error(
      [
        `No notification ${describeExpected(expected)} within ${within}.`,
        closest ? `Closest: #${closest.sequence} ${closest.summary}` : 'None was delivered.',
        ...this.#listRefusals(),
        ...ladders.map((ladder) => `\n${ladder}`),
      ].join('\n'),
    )
  }

  async drawLadder(callId: string): Promise<string> {
    const view = await readCallView(this.embedded.service, callId)
    return renderLadder(toDiagram(view.entries, view))
  }

  /** A bot often ignores that a request was refused. */
  #listRefusals(): string[] {
    const refusals = this.embedded.service.eventLog?.listRefusals() ?? []
    return refusals.map(({ method, path, status, code }) => `Refused: ${method} ${path} ${status} ${code ?? ''}`.trim())
  }
}

const typeOf = (body: unknown): string => (body instanceof Uint8Array ? 'audio/wav' : 'application/json')
