import type { EmbeddedService } from '../embedded/embeddedService.js'
import { elapsed, MACHINE } from '../embedded/machine.js'
import { type Entry, isAcknowledged } from '../shared/inspection/entries.js'
import type { Notification } from './types.js'

/** What a feed has seen, as JSON can hold it. */
export interface FeedState {
  readonly notifications: readonly Notification[]
  readonly calls: readonly (readonly [id: string, applicationId: string])[]
  /** How often each notification was sent, by call and sequence number. */
  readonly attempts: readonly (readonly [key: string, count: number])[]
}

/** What has happened in a service: its calls and its delivered notifications, as they come. */
export class Feed {
  readonly notifications: Notification[]
  /** The ids of all calls and their applications, in the order of their creation. */
  readonly calls: Map<string, string>
  readonly #service: EmbeddedService['service']
  readonly #attempts: Map<string, number>
  readonly #listeners = new Set<() => void>()

  /** @param before what was seen before, by another feed */
  constructor({ service }: EmbeddedService, before?: FeedState) {
    this.notifications = [...(before?.notifications ?? [])]
    this.calls = new Map(before?.calls)
    this.#attempts = new Map(before?.attempts)
    this.#service = service
    service.eventLog?.listen((entry) => void this.#add(entry))
  }

  save(): FeedState {
    return { notifications: [...this.notifications], calls: [...this.calls], attempts: [...this.#attempts] }
  }

  /**
   * Looks for something now, and after every change of a call and every attempt at a notification.
   *
   * @returns undefined when it was not found in time
   */
  async find<T>(look: () => T | undefined | Promise<T | undefined>, withinMs: number): Promise<T | undefined> {
    const deadline = elapsed() + withinMs
    let happened = new Signal()
    const listener = () => happened.fire()
    this.#listeners.add(listener)
    try {
      for (;;) {
        const found = await look()
        if (found !== undefined) return found
        const remainingMs = deadline - elapsed()
        if (remainingMs <= 0) return undefined
        await happened.wait(remainingMs)
        happened = new Signal()
      }
    } finally {
      this.#listeners.delete(listener)
    }
  }

  async #add(entry: Entry): Promise<void> {
    const { callId, applicationId } = entry
    if (callId && applicationId && entry.type === 'commit') this.calls.set(callId, applicationId)
    if (callId && applicationId && entry.type === 'attempt' && !entry.isResend) {
      const key = `${callId} ${entry.sequence}`
      const attempts = (this.#attempts.get(key) ?? 0) + 1
      this.#attempts.set(key, attempts)
      if (isAcknowledged(entry)) {
        const { sequence, summary } = entry
        const body = await this.#readBody(callId, sequence)
        this.notifications.push({ callId, applicationId, sequence, summary, attempts, body })
      }
    }
    // Requests change nothing by themselves, and those of a person who waits are among them.
    if (entry.type !== 'request' && entry.type !== 'reply') for (const listener of this.#listeners) listener()
  }

  async #readBody(callId: string, sequence: number): Promise<unknown> {
    const { notifications } = await this.#service.calls.readNotifications(callId)
    const notification = notifications.find((candidate) => candidate.sequence === sequence)
    return notification && JSON.parse(notification.body)
  }
}

/** Something that happens once. */
class Signal {
  #hasFired = false
  #resolve: (() => void) | undefined

  fire(): void {
    this.#hasFired = true
    this.#resolve?.()
  }

  /** Resolves when it has happened, or after a time. */
  wait(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasFired) return resolve()
      const timeout = MACHINE.setTimeout(resolve, withinMs)
      this.#resolve = () => {
        MACHINE.clearTimeout(timeout)
        resolve()
      }
    })
  }
}
