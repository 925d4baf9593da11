import type { ExpectedNotification, Notification } from './types.js'

/** Whether a notification is the expected one. */
export function matches(notification: Notification, expected: ExpectedNotification): boolean {
  if (typeof expected === 'string') return notification.summary === expected
  return typeof expected === 'function' ? expected(notification) : includes(notification, expected)
}

/** What `expect.stringContaining` and the like of a test runner make. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean
}

const isMatcher = (expected: object): expected is AsymmetricMatcher => 'asymmetricMatch' in expected

/** Whether a value has all properties of another one; a list must have as many elements. */
function includes(actual: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected)
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual)
  if (isMatcher(expected)) return expected.asymmetricMatch(actual)
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(expected)) return false
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length !== expected.length) return false
  return Object.entries(expected).every(([name, value]) => includes((actual as Record<string, unknown>)[name], value))
}

/** The expected notification as an error message names it. */
export const describeExpected = (expected: ExpectedNotification): string =>
  typeof expected === 'function' ? 'that the function accepts' : JSON.stringify(expected, describeMatcher)

const describeMatcher = (_: string, value: unknown): unknown =>
  value instanceof RegExp || (typeof value === 'object' && value && isMatcher(value)) ? String(value) : value

/** The notification that shares the most words with the expected one, for an error message. */
export function findClosest(
  notifications: readonly Notification[],
  expected: ExpectedNotification,
): Notification | undefined {
  const wanted = new Set(describeExpected(expected).match(/\w+/g))
  const countShared = ({ summary }: Notification) => summary.split(' ').filter((word) => wanted.has(word)).length
  // The last of the best: what came later is nearer to what was expected.
  return notifications.toSorted((a, b) => countShared(a) - countShared(b)).at(-1)
}
