/**
 * Whether a value has at least what is expected: an object may have more properties, a list has the same length.
 *
 * @param compare decides about the expected values that it knows, and returns undefined for all others
 */
export function includes(
  actual: unknown,
  expected: unknown,
  compare: (actual: unknown, expected: object) => boolean | undefined = () => undefined,
): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  const result = compare(actual, expected)
  if (result !== undefined) return result
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) return false
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length) return false
  return Object.entries(expected).every(([name, value]) =>
    includes((actual as Record<string, unknown>)[name], value, compare),
  )
}
