/** What the join URL of a Teams meeting contains. */
export interface JoinUrl {
  readonly threadId: string
  /** The id of the channel message that the meeting belongs to; '0' for a meeting outside a channel. */
  readonly messageId: string
  readonly organizerId: string
  readonly tenantId: string
}

/** What a short join URL contains: `https://teams.microsoft.com/meet/{meetingNumber}?p={passcode}`. */
export interface ShortJoinUrl {
  readonly meetingNumber: string
  readonly passcode?: string
}

/** Writes a join URL as Teams does. */
export function writeJoinUrl({ threadId, messageId, organizerId, tenantId }: JoinUrl): string {
  const context = JSON.stringify({ Tid: tenantId, Oid: organizerId })
  return `https://teams.microsoft.com/l/meetup-join/${encode(threadId)}/${encode(messageId)}?context=${encode(context)}`
}

/**
 * Reads a join URL of any Teams cloud; undefined for any other text. The URL may arrive decoded: some clients do not
 * encode it in their query string.
 */
export function readJoinUrl(url: string): JoinUrl | undefined {
  const [, thread, message, context] =
    /^https:\/\/[^/]+\/l\/meetup-join\/([^/?]+)\/([^/?]+)\/?\?(?:.*&)?context=([^&]+)/i.exec(url) ?? []
  if (thread === undefined || message === undefined || context === undefined) return undefined
  try {
    const { Tid, Oid } = JSON.parse(decodeURIComponent(context))
    if (typeof Tid !== 'string' || typeof Oid !== 'string') return undefined
    const [threadId, messageId] = [decodeURIComponent(thread), decodeURIComponent(message)]
    return { threadId, messageId, organizerId: Oid, tenantId: Tid }
  } catch {
    return undefined
  }
}

/**
 * Reads a short join URL; undefined for any other text. A label of the host name is `teams` in every Teams cloud
 * (teams.live.com, teams.cloud.microsoft, gov.teams.microsoft.us); `/meet/` alone is also used by other products.
 */
export function readShortJoinUrl(url: string): ShortJoinUrl | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol, hostname, pathname, searchParams } = new URL(url)
  const isTeams = protocol === 'https:' && hostname.split('.').slice(0, -1).includes('teams')
  const [, meetingNumber] = /^\/meet\/(\d+)\/?$/i.exec(pathname) ?? []
  if (!isTeams || meetingNumber === undefined) return undefined
  const passcode = searchParams.get('p')
  return { meetingNumber, ...(passcode && { passcode }) }
}

/** Percent-encodes with lower-case escapes, as Teams does: clients compare the URL as text. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
