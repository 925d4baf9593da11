import { includes } from '../shared/inspection/includes.js'
import type { ExpectedNotification, Notification } from './types.js'

/** Whether a notification is the expected one. */
export function matches(notification: Notification, expected: ExpectedNotification): boolean {
  if (typeof expected === 'string') return notification.summary === expected
  return typeof expected === 'function' ? expected(notification) : includes(notification, expected, compare)
}

/** What `expect.stringContaining` and the like of a test runner make. */
interface AsymmetricMatcher {
  asymmetricMatch(actual: unknown): boolean
}

const isMatcher = (expected: object): expected is AsymmetricMatcher => 'asymmetricMatch' in expected

/** A RegExp and a matcher compare for themselves. */
function compare(actual: unknown, expected: object): boolean | undefined {
  if (expected instanceof RegExp) return typeof actual === 'string' && actual.search(expected) >= 0
  return isMatcher(expected) ? expected.asymmetricMatch(actual) : undefined
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
