import { invalidRequest } from '../graph/errors.js'
import { countMistakes } from '../service/spelling.js'
import type { Fault } from '../simulator/faults.js'
import { registeredEndpoints } from './registerEndpoint.js'

/** How many similar names an error lists. */
const MAX_SIMILAR = 5
/** A shorter name is similar to too many others. */
const MIN_LENGTH = 3
/** Wrong, missing or extra letters; two letters that are swapped are two. */
const MAX_MISTAKES = 2

/** The names of all operations of Graph that are registered, in alphabetical order. */
export const listOperationNames = (): string[] =>
  [...new Set(registeredEndpoints().flatMap(({ operation }) => operation ?? []))].toSorted()

/**
 * Checks the operations that faults name.
 *
 * @throws GraphError 400, which names the fault and similar operations
 */
export function assertOperationNames(faults: readonly Fault[]): void {
  const known = listOperationNames()
  const problems = faults.flatMap((fault, index) => {
    if (fault.on !== 'api' || fault.request === undefined || known.includes(fault.request)) return []
    return `faults[${index}].request: there is no operation ${fault.request}; ${suggestOperations(fault.request, known)}`
  })
  if (problems.length > 0) throw invalidRequest(problems.join(' '))
}

function suggestOperations(name: string, known: readonly string[]): string {
  const similar = known.filter((candidate) => isSimilar(name, candidate)).slice(0, MAX_SIMILAR)
  return similar.length > 0 ? `did you mean ${similar.join(' or ')}?` : `use one of ${known.join(', ')}.`
}

/** True for a misspelled name, also of the last word alone, and for a part of a name. */
function isSimilar(name: string, candidate: string): boolean {
  const lastWord = candidate.split('/').at(-1) ?? ''
  const isMisspelled = [candidate, lastWord].some((word) => Number.isFinite(countMistakes(name, word, MAX_MISTAKES)))
  return name.length >= MIN_LENGTH && (isMisspelled || candidate.toLowerCase().includes(name.toLowerCase()))
}
