import type { ListedEntry } from '../../shared/inspection/entries.js'

/**
 * Returns a function that is true for the replies to the requests with these names. It must get every entry.
 *
 * @param names the names of endpoints, such as `bot-put`
 */
export function watchReplies(...names: readonly string[]): (entry: ListedEntry) => boolean {
  const pending = new Set<number>()
  return (entry) => {
    if (entry.type === 'request' && names.includes(entry.name)) pending.add(entry.number)
    return entry.type === 'reply' && pending.delete(entry.request)
  }
}
