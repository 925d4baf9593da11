/** A meeting, as far as its join URL says. */
export interface JoinUrl {
  readonly threadId: string
  /** 0, or the message in a channel that the meeting belongs to. */
  readonly messageId: string
  readonly organizerId: string
  readonly tenantId: string
}

/** The URL by which Teams joins a meeting. */
export function writeJoinUrl({ threadId, messageId, organizerId, tenantId }: JoinUrl): string {
  const context = JSON.stringify({ Tid: tenantId, Oid: organizerId })
  return `https://teams.microsoft.com/l/meetup-join/${encode(threadId)}/${encode(messageId)}?context=${encode(context)}`
}

/**
 * Reads a join URL of Teams, of any of its clouds; undefined when it is none. A client that did not encode the URL in its
 * query sends one that is decoded already.
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

/** Teams writes its escapes small, and clients compare the URL as text. */
const encode = (text: string) => encodeURIComponent(text).replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
