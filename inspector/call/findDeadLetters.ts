import type { DeadLetterEvent, ListedEntry } from '../../shared/inspection/entries.js'

/** The dead letters of a call that were not delivered afterwards by a replay. The page may send one again: it stays one. */
export function findDeadLetters(entries: readonly ListedEntry[]): readonly DeadLetterEvent[] {
  const open = new Map<number, DeadLetterEvent>()
  for (const entry of entries) {
    if (entry.type === 'deadLetter') open.set(entry.sequence, entry)
    if (entry.type === 'attempt' && !entry.isResend && isAcknowledged(entry.status)) open.delete(entry.sequence)
  }
  return [...open.values()]
}

const isAcknowledged = (status = 0): boolean => status >= 200 && status < 300
