import type { DialectName } from '../calls/resources.js'
import type { Clock } from '../platform/clock.js'
import type { Tables } from './tables.js'

/** A registered bot, which can be called. */
export interface Bot {
  readonly applicationId: string
  readonly displayName: string
  readonly tenantId: string
  /** The callback URL for the notifications of its incoming calls. */
  readonly callingWebhook: string
  readonly dialect: DialectName
  /** After how many attempts a notification is dead-lettered; 0: no limit. Default: NOTIFICATION_MAX_ATTEMPTS. */
  readonly maxAttempts?: number | undefined
  /** What happens to the rest of a call when a notification is dead-lettered. Default: ON_DEAD_LETTER. */
  readonly onDeadLetter?: 'pause' | 'skip' | undefined
}

const BOT = 'bot'
/** How long a name that was read is used: when another host changes it, this host uses the old one for this long. */
export const NAME_KEPT_MS = 60_000
/** For how many bots a name is kept: as many as have a cached token (auth/notificationTokens.ts). */
const MAX_NAMES = 1_000

/** The table `bots`: one row for each application id. */
export class BotStore {
  readonly #tables: Tables
  readonly #clock: Pick<Clock, 'now'>
  /** Names that were read. Every create needs that of its bot. */
  readonly #names = new Map<string, { readonly displayName: string; readonly readAt: number }>()

  constructor(tables: Tables, clock: Pick<Clock, 'now'>) {
    this.#tables = tables
    this.#clock = clock
  }

  async read(applicationId: string): Promise<Bot | undefined> {
    return (await this.#tables.get<Bot>('bots', applicationId, BOT))?.value
  }

  /** Reads the name of a bot, which may be NAME_KEPT_MS old; undefined when it is not registered. */
  async readDisplayName(applicationId: string): Promise<string | undefined> {
    const readAt = this.#clock.now()
    const known = this.#names.get(applicationId)
    if (known && readAt - known.readAt < NAME_KEPT_MS) return known.displayName
    const displayName = (await this.read(applicationId))?.displayName
    if (displayName === undefined) return undefined
    if (this.#names.size >= MAX_NAMES) this.#names.clear()
    this.#names.set(applicationId, { displayName, readAt })
    return displayName
  }

  /** Lists all bots, by their application ids. */
  async list(): Promise<Bot[]> {
    const rows = await this.#tables.list<Bot>('bots', { to: '~' })
    return rows.filter(({ rowKey }) => rowKey === BOT).map(({ value }) => value)
  }

  /** Inserts or replaces a bot. Returns true when it is new. */
  async put(bot: Bot): Promise<boolean> {
    const existing = await this.read(bot.applicationId)
    await this.#tables.write('bots', bot.applicationId, [{ type: 'put', rowKey: BOT, value: bot }])
    this.#names.delete(bot.applicationId)
    return existing === undefined
  }
}
