import { invalidRequest } from '../graph/errors.js'
import { findSimilar } from '../service/spelling.js'
import type { Fault } from '../simulator/faults.js'
import { registeredEndpoints } from './registerEndpoint.js'

/** How many similar names an error lists. */
const MAX_SIMILAR = 5
/** A shorter name is a part of too many others. */
const MIN_PART_LENGTH = 3

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
  const isPart = (whole: string, part: string) =>
    part.length >= MIN_PART_LENGTH && whole.toLowerCase().includes(part.toLowerCase())
  const related = known.filter((candidate) => isPart(candidate, name) || isPart(name, candidate))
  const similar = [...new Set([...findSimilar(name, known), ...related])].slice(0, MAX_SIMILAR)
  return similar.length > 0 ? `did you mean ${similar.join(' or ')}?` : `use one of ${known.join(', ')}.`
}
