import { notFound } from '../graph/errors.js'
import { readGuid } from '../graph/ids.js'
import type { Bot, BotStore } from '../storage/botStore.js'

/** @throws GraphError 400 when the id is not a GUID, 404 when no bot is registered under it */
export async function readBot(bots: Pick<BotStore, 'read'>, applicationId: string | undefined): Promise<Bot> {
  const bot = await bots.read(readGuid(applicationId ?? '', 'applicationId'))
  if (!bot) throw notFound('No bot is registered under this application id.')
  return bot
}
