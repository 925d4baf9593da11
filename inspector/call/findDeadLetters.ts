import { type DeadLetterEvent, isAcknowledged, type ListedEntry } from '../../shared/inspection/entries.js'

/** The dead letters of a call that no replay has delivered. Sending one again from the page does not count. */
export function findDeadLetters(entries: readonly ListedEntry[]): readonly DeadLetterEvent[] {
  const open = new Map<number, DeadLetterEvent>()
  for (const entry of entries) {
    if (entry.type === 'deadLetter') open.set(entry.sequence, entry)
    if (entry.type === 'attempt' && !entry.isResend && isAcknowledged(entry)) open.delete(entry.sequence)
  }
  return [...open.values()]
}
