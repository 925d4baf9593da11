import { type Callback, createBody, send } from './bot.js'

/** The folder of the plain app. */
export const PLAIN_APP = 'bench/plain'

/** A client of the plain app. */
export interface PlainClient {
  /** Creates a call with so many notifications, and returns its id. */
  create(notifications: number): Promise<string>
  /** Reads a call. */
  get(callId: string): Promise<void>
  /** Mutes the bot in a call, which has one notification. */
  mute(callId: string): Promise<void>
}

export const plainClient = (baseUrl: string, callback: Callback): PlainClient => ({
  async create(notifications) {
    const { id } = await send(`${baseUrl}/calls?notifications=${notifications}`, 'POST', {
      body: createBody(callback.url),
    })
    return String(id)
  },
  async get(callId) {
    await send(`${baseUrl}/calls/${callId}`, 'GET')
  },
  async mute(callId) {
    await send(`${baseUrl}/calls/${callId}/mute`, 'POST', { body: {} })
  },
})
