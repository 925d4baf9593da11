import type { DialectName } from '../calls/resources.js'
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

/** The table `bots`: one row for each application id. */
export class BotStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async read(applicationId: string): Promise<Bot | undefined> {
    return (await this.#tables.get<Bot>('bots', applicationId, BOT))?.value
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
    return existing === undefined
  }
}
