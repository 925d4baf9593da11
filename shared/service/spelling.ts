/** Shorter names are not compared: too many names of other programs are similar to them. */
const MIN_LENGTH = 8
/** A name may have one mistake (a wrong, missing or extra letter) for each group of this many letters. */
const LETTERS_PER_MISTAKE = 6

/** Returns the known name that a name was probably meant to be; undefined when it is known or similar to none. */
export function suggestName(name: string, known: readonly string[]): string | undefined {
  if (name.length < MIN_LENGTH || known.includes(name)) return undefined
  const allowed = (candidate: string) => Math.floor(candidate.length / LETTERS_PER_MISTAKE)
  const [nearest] = known
    .map((candidate) => ({ candidate, mistakes: countMistakes(name, candidate, allowed(candidate)) }))
    .filter(({ mistakes }) => mistakes < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a.mistakes - b.mistakes)
  return nearest?.candidate
}

/**
 * The Levenshtein distance: how many letters are inserted, deleted or replaced between two texts, in any case; Infinity
 * for too many mistakes. It stops there, because a start compares every environment variable with every setting.
 */
export function countMistakes(first: string, second: string, allowed: number): number {
  if (Math.abs(first.length - second.length) > allowed) return Number.POSITIVE_INFINITY
  const [name, candidate] = [first.toUpperCase(), second.toUpperCase()]
  let row = Array.from({ length: candidate.length + 1 }, (_, index) => index)
  for (let index = 0; index < name.length && Math.min(...row) <= allowed; index++) {
    const next = [index + 1]
    for (let column = 0; column < candidate.length; column++) {
      const replaced = (row[column] ?? 0) + (name[index] === candidate[column] ? 0 : 1)
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  const mistakes = row.at(-1) ?? 0
  return mistakes <= allowed ? mistakes : Number.POSITIVE_INFINITY
}
