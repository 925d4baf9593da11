import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { OpenApiCheck } from './openApiCheck.js'
import { startBot, type TestBot } from './testBot.js'

const check = new OpenApiCheck(JSON.parse(readFileSync('docs/openapi.json', 'utf8')))

/** A bot whose valid requests, replies and notifications must be those of the OpenAPI document. */
export interface CheckedBot extends TestBot {
  /** Fails for a notification that is not in the document. */
  checkNotifications(): void
}

/** Starts a bot whose requests and replies are compared with the OpenAPI document. */
export async function startCheckedBot(baseUrl: string): Promise<CheckedBot> {
  const bot = await startBot(baseUrl)
  const request: TestBot['request'] = async (method, path, body, headers) => {
    const reply = await bot.request(method, path, body, headers)
    const exchange = { method, path, body, status: reply.status, reply: reply.text }
    expect(check.findRequestProblem(exchange), `${method} ${path} ${JSON.stringify(body)}`).toBeUndefined()
    expect(check.findReplyProblem(exchange), `${method} ${path}: ${reply.text}`).toBeUndefined()
    return reply
  }
  return {
    ...bot,
    request,
    checkNotifications() {
      for (const { body, text } of bot.received) {
        const dialect = '@odata.type' in body ? 'communications' : 'app'
        expect(check.findNotificationProblem(dialect, body), text).toBeUndefined()
      }
    },
  }
}
