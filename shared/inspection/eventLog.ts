import { type Entry, type InspectedEvent, isRefused, type ListedEntry } from './entries.js'
import type { Refusal } from './views.js'

/** How many entries are kept: some hours of work with a bot. */
const MAX_ENTRIES = 20_000
/** How many characters of paths, headers and bodies are kept: with the entries, about 40 MiB of memory. */
const MAX_CHARACTERS = 16 * 1024 * 1024
/** How many refused requests are listed: those of the last minutes of work. */
const MAX_REFUSALS = 20
/** How many entries one page has, so that its JSON stays small. */
export const MAX_PAGE = 2_000

/** Whom an entry is about, as far as it is known. */
export interface EventSubject {
  readonly callId?: string | undefined
  readonly applicationId?: string | undefined
}

/**
 * The ordered log of what a local process did: requests, replies, commits, attempts and dead letters. It is in memory
 * and bounded; the oldest entries are dropped first.
 */
export class EventLog {
  /** When the log was started. It tells a restarted process from the one before. */
  readonly startedAt: number
  readonly #now: () => number
  /** By their numbers, which have no gaps. Not an array: to remove its first element moves all others. */
  readonly #entries = new Map<number, Entry>()
  readonly #listeners: ((entry: Entry) => void)[] = []
  #dropped = 0
  #characters = 0

  constructor(now: () => number) {
    this.#now = now
    this.startedAt = now()
  }

  /** Adds an entry, and returns its number. */
  add(event: InspectedEvent, { callId, applicationId }: EventSubject, at = this.#now()): number {
    const number = this.last + 1
    const entry = { ...event, number, at, ...(callId && { callId }), ...(applicationId && { applicationId }) }
    this.#entries.set(number, entry)
    this.#characters += countCharacters(entry)
    this.#dropOldest()
    for (const listener of this.#listeners) listener(entry)
    return number
  }

  /** Calls the listener with each new entry. */
  listen(listener: (entry: Entry) => void): void {
    this.#listeners.push(listener)
  }

  /** Says that the request with this number was about a call, which is known only from its reply. */
  assignCall(number: number, callId: string): void {
    const entry = this.get(number)
    if (entry && entry.callId === undefined) this.#entries.set(number, { ...entry, callId })
  }

  /** The number of the last entry; 0 if there is none. */
  get last(): number {
    return this.#dropped + this.#entries.size
  }

  /** Whether the log still has every entry since a time. */
  isCompleteSince(time: number): boolean {
    const oldest = this.#oldest
    return this.#dropped === 0 ? time >= this.startedAt : oldest !== undefined && time > oldest.at
  }

  /** The entry with this number; undefined if there is none, or if it was dropped. */
  get(number: number): Entry | undefined {
    return this.#entries.get(number)
  }

  /** A page of the entries after a number, without their messages. */
  listAfter(number: number): ListedEntry[] {
    const page: ListedEntry[] = []
    for (let next = Math.max(number, this.#dropped) + 1; next <= this.last && page.length < MAX_PAGE; next += 1) {
      const entry = this.get(next)
      if (entry) page.push(withoutMessage(entry))
    }
    return page
  }

  /** The entries of a call, without their messages. */
  listOfCall(callId: string): ListedEntry[] {
    return [...this.#entries.values()].filter((entry) => entry.callId === callId).map(withoutMessage)
  }

  /** The last refused requests that belong to no call, for example to create one; the newest first. */
  listRefusals(): Refusal[] {
    const refusals: Refusal[] = []
    for (let number = this.last; number > this.#dropped && refusals.length < MAX_REFUSALS; number -= 1) {
      const refusal = this.#readRefusal(number)
      if (refusal) refusals.push(refusal)
    }
    return refusals
  }

  #readRefusal(number: number): Refusal | undefined {
    const reply = this.get(number)
    if (reply?.type !== 'reply' || !isRefused(reply) || reply.callId !== undefined) return undefined
    const request = this.get(reply.request)
    if (request?.type !== 'request') return undefined
    const { at, method, path } = request
    const { status, code, fault } = reply
    const problem = { status, ...(code !== undefined && { code }), ...(fault && { fault }) }
    return { entries: [request.number, number], at, method, path, ...problem }
  }

  /** The applications that the log is about. */
  listApplications(): Set<string> {
    return new Set([...this.#entries.values()].flatMap(({ applicationId }) => applicationId ?? []))
  }

  /** All entries, each as a line of JSON. */
  toNdjson(): string {
    return [...this.#entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join('')
  }

  get #oldest(): Entry | undefined {
    return this.get(this.#dropped + 1)
  }

  #dropOldest(): void {
    for (let oldest = this.#oldest; oldest && this.#isOverLimit(); oldest = this.#oldest) {
      this.#characters -= countCharacters(oldest)
      this.#dropped = oldest.number
      this.#entries.delete(oldest.number)
    }
  }

  #isOverLimit(): boolean {
    return this.#entries.size > MAX_ENTRIES || this.#characters > MAX_CHARACTERS
  }
}

function countCharacters(entry: Entry): number {
  if (!('message' in entry)) return 0
  const { headers, body } = entry.message
  const path = entry.type === 'request' ? entry.path.length : 0
  const inHeaders = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return path + inHeaders + (body?.text.length ?? 0)
}

function withoutMessage(entry: Entry): ListedEntry {
  if (!('message' in entry)) return entry
  const { message: _, ...listed } = entry
  return listed
}
