import { randomUUID } from 'node:crypto'
import type { DialectName } from '../shared/calls/resources.js'
import { isGuid, plainId } from '../shared/inspection/labels.js'
import { redactText } from '../shared/inspection/redact.js'
import type { BotList, BotView } from '../shared/inspection/views.js'
import type { Client } from './client.js'
import { UsageError } from './errors.js'

/** The tenant of the sample bot and of the documents, for a bot whose tenant is not named. */
export const DEFAULT_TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'

/** What a registration has besides the callback. Each has a default. */
export interface Registration {
  /** By default a new one. */
  readonly applicationId?: string | undefined
  readonly tenantId?: string | undefined
  readonly dialect?: DialectName | undefined
}

export type RegisteredBot = Pick<BotView, 'applicationId' | 'displayName' | 'callingWebhook'> & {
  /** True when it was registered just now. */
  readonly isNew: boolean
}

/**
 * Finds a bot by its application id or by its callback URL; without either, the only one that is registered.
 *
 * @throws UsageError when there is no such bot, or when there are several
 */
export async function findBot(client: Client, idOrUrl?: string): Promise<RegisteredBot> {
  if (idOrUrl !== undefined && !isUrl(idOrUrl) && !isGuid(idOrUrl)) {
    throw new UsageError(
      `${idOrUrl} is neither an application id nor an http or https URL.`,
      'Write a callback as http://localhost:3978/api/calls.',
    )
  }
  const bots = await listBots(client)
  const found = idOrUrl === undefined ? bots : bots.filter((bot) => isBot(bot, idOrUrl))
  const [bot] = found
  if (bot && found.length === 1) return { ...bot, isNew: false }
  if (bot) throw new UsageError(`${found.length} bots match:\n${renderBots(found)}`, 'Name one by its application id.')
  const subject = idOrUrl === undefined ? '' : ` as ${idOrUrl}`
  const known = bots.length === 0 ? '' : ` These are:\n${renderBots(bots)}`
  throw new UsageError(
    `No bot is registered${subject}.${known}`,
    'Name the callback URL of your bot, such as http://localhost:3978/api/calls.',
  )
}

/**
 * Registers a callback URL, unless a bot with this URL is registered.
 *
 * @throws UsageError when several bots have this URL
 */
export async function ensureBot(client: Client, url: string, registration: Registration = {}): Promise<RegisteredBot> {
  const { applicationId, tenantId = DEFAULT_TENANT, dialect = 'communications' } = registration
  const known = await findByCallback(client, url)
  const wanted = applicationId === undefined ? known : known.filter((bot) => isSameId(bot, applicationId))
  const [bot] = wanted
  if (bot && wanted.length === 1) return { ...bot, isNew: false }
  if (bot)
    throw new UsageError(`${wanted.length} bots have this callback:\n${renderBots(wanted)}`, 'Name one by its id.')
  const body = { displayName: new URL(url).host, tenantId, callingWebhook: url, dialect }
  return { ...(await client.put<BotView>(`/bots/${applicationId ?? randomUUID()}`, body)), isNew: true }
}

/**
 * Finds the bots with a callback URL. The list has the URLs without their secrets, so those that match are read one by
 * one.
 */
export async function findByCallback(client: Client, url: string): Promise<readonly BotView[]> {
  const candidates = (await listBots(client)).filter((bot) => isBot(bot, url))
  const bots = await Promise.all(candidates.map(({ applicationId }) => client.get<BotView>(`/bots/${applicationId}`)))
  return bots.filter(({ callingWebhook }) => isSameUrl(callingWebhook, url))
}

export async function listBots(client: Client): Promise<readonly BotView[]> {
  return (await client.get<BotList>('/inspector/bots')).bots
}

/** Whether a text is a URL that may be a callback. */
export const isUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)

function isBot(bot: BotView, idOrUrl: string): boolean {
  return isUrl(idOrUrl) ? isSameUrl(bot.callingWebhook, redactText(idOrUrl)) : isSameId(bot, idOrUrl)
}

const isSameId = ({ applicationId }: BotView, id: string): boolean => plainId(applicationId) === plainId(id)

const isSameUrl = (a: string, b: string): boolean => URL.canParse(a) && new URL(a).href === new URL(b).href

const renderBots = (bots: readonly BotView[]): string =>
  bots
    .map(({ applicationId, displayName, callingWebhook }) => `  ${applicationId}  ${displayName}  ${callingWebhook}`)
    .join('\n')
