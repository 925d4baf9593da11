import type { Tables } from './tables.js'

/** A bot that can be called. */
export interface Bot {
  readonly applicationId: string
  readonly displayName: string
  readonly tenantId: string
  /** Where its incoming calls are announced. */
  readonly callingWebhook: string
  readonly dialect: 'app' | 'communications'
}

const BOT = 'bot'

/** The table `bots`, by application id. */
export class BotStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async read(applicationId: string): Promise<Bot | undefined> {
    return (await this.#tables.get<Bot>('bots', applicationId, BOT))?.value
  }

  /** Returns true when the bot is new. */
  async put(bot: Bot): Promise<boolean> {
    const before = await this.read(bot.applicationId)
    await this.#tables.write('bots', bot.applicationId, [{ type: 'put', rowKey: BOT, value: bot }])
    return before === undefined
  }
}
