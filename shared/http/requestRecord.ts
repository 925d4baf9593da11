import type { HttpResponseInit } from '@azure/functions'
import { parseGuid } from '../graph/ids.js'
import type { ReplyEvent } from '../inspection/entries.js'
import type { EventLog, EventSubject } from '../inspection/eventLog.js'
import { redactText, toLoggedMessage } from '../inspection/redact.js'
import type { IncomingRequest } from './incoming.js'

/** Whether a function serves the page of the inspector. */
export const isPageRequest = (name: string): boolean => name.startsWith('inspector-') || name === 'simulator-fault-get'

/** What is not about calls: the page asks all the time, and a probe may too. */
const isUnlogged = (name: string): boolean => isPageRequest(name) || name === 'health' || name === 'unknown-path'

/** Adds one request and its reply to the event log of the local process. */
export class RequestRecord {
  readonly #log: EventLog
  readonly #name: string
  readonly #request: IncomingRequest
  readonly #startedAt = performance.now()
  #number: number | undefined

  constructor(log: EventLog, name: string, request: IncomingRequest) {
    this.#log = log
    this.#name = name
    this.#request = request
  }

  /**
   * Adds the request. Called once it is read and checked, before its command, so that its entry precedes those of its
   * commits; `finish` adds a request that was refused before.
   */
  start(body: string | undefined, subject: EventSubject): void {
    const { method, url, headers } = this.#request
    const { pathname, search } = new URL(url)
    const message = toLoggedMessage(headers, body)
    const path = pathname + redactText(search)
    this.#number = this.#log.add({ type: 'request', name: this.#name, method, path, message }, subject)
  }

  /** Adds the reply, with what the log line of the request says about it. */
  finish(
    { status = 200, headers, jsonBody, body }: HttpResponseInit,
    { code, fault }: Pick<ReplyEvent, 'code' | 'fault'>,
    subject: EventSubject,
  ): void {
    if (this.#number === undefined) this.start(undefined, subject)
    const request = this.#number ?? 0
    const callId = subject.callId ?? findCallId(this.#name, jsonBody)
    if (callId !== undefined) this.#log.assignCall(request, callId)
    const message = toLoggedMessage(Object.entries(headers ?? {}), describeBody(jsonBody, body))
    const durationMs = Math.round(performance.now() - this.#startedAt)
    const problem = { ...(code !== undefined && { code }), ...(fault && { fault }) }
    this.#log.add({ type: 'reply', request, status, ...problem, durationMs, message }, { ...subject, callId })
  }
}

/** Returns undefined where there is no log, and for requests that are not logged. */
export function createRequestRecord(
  log: EventLog | undefined,
  name: string,
  request: IncomingRequest,
): RequestRecord | undefined {
  return log && !isUnlogged(name) ? new RequestRecord(log, name, request) : undefined
}

/** The call that a request has created, or that the person who acts is in. */
function findCallId(name: string, body: unknown): string | undefined {
  const { id, callId } = (body ?? {}) as { id?: unknown; callId?: unknown }
  const found = /^(call-create|simulator-call-place)/.test(name) ? id : callId
  // The 2019 API writes ids without dashes.
  return typeof found === 'string' ? parseGuid(found) : undefined
}

function describeBody(jsonBody: unknown, body: HttpResponseInit['body']): string | undefined {
  if (jsonBody !== undefined) return JSON.stringify(jsonBody)
  return body instanceof Uint8Array ? `(${body.length} bytes)` : undefined
}
