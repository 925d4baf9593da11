import { domainToUnicode } from 'node:url'

/** The limits of RFC 1035, 2.3.4, without the final dot. */
const MAX_NAME_LENGTH = 253
const MAX_LABEL_LENGTH = 63

/**
 * Returns what is wrong with a host name that cannot exist in the DNS. The URL parser accepts such names.
 *
 * @param name in lower case, without a final dot
 */
export function findHostNameProblem(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return `has a host of more than ${MAX_NAME_LENGTH} characters.`
  const problems = name.split('.').map((label) => findLabelProblem(label))
  const problem = problems.find((found) => found !== undefined)
  return problem && `has the host ${JSON.stringify(name)}, ${problem}`
}

function findLabelProblem(label: string): string | undefined {
  if (label === '') return 'in which a dot has no label before or after it.'
  if (label.length > MAX_LABEL_LENGTH) return `in which a label has more than ${MAX_LABEL_LENGTH} characters.`
  // The names of containers may have underscores.
  if (!/^[a-z0-9_-]+$/.test(label))
    return `in which ${label} has other characters than letters, digits, hyphens and underscores.`
  // A label that cannot be decoded is returned as it is.
  if (label.startsWith('xn--') && domainToUnicode(label).startsWith('xn--')) {
    return `in which ${label} is not valid Punycode.`
  }
  return undefined
}
