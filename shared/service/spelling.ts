/** Shorter names are not compared: too many names of other programs are similar to them. */
const MIN_LENGTH = 8
/** A name may have one mistake (a wrong, missing or extra letter) for each group of this many letters. */
const LETTERS_PER_MISTAKE = 6

/** Returns the known name that a name was probably meant to be; undefined when it is known or similar to none. */
export function suggestName(name: string, known: readonly string[]): string | undefined {
  if (name.length < MIN_LENGTH || known.includes(name)) return undefined
  const [nearest] = known
    .map((candidate) => ({ candidate, mistakes: editDistance(name.toUpperCase(), candidate.toUpperCase()) }))
    .filter(({ candidate, mistakes }) => mistakes <= Math.floor(candidate.length / LETTERS_PER_MISTAKE))
    .toSorted((a, b) => a.mistakes - b.mistakes)
  return nearest?.candidate
}

/** The Levenshtein distance: how many letters are inserted, deleted or replaced between two texts. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min((next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1, replaced))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
