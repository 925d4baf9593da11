import { afterEach, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { parseGuid } from '../../../shared/graph/ids.js'
import { parseValue } from '../../../shared/graph/requests/parse.js'
import { dateTime } from '../../../shared/graph/requests/types.js'

afterEach(() => void vi.unstubAllEnvs())

test.each([
  ['without an offset', '2026-01-31T09:30:00', '2026-01-31T09:30:00.000Z'],
  ['without an offset, with fractions', '2026-01-31t09:30:00.1234567', '2026-01-31T09:30:00.123Z'],
  ['in UTC', '2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
  ['with an offset', '2026-01-31T09:30:00-05:00', '2026-01-31T14:30:00.000Z'],
  ['without a time', '2026-01-31', '2026-01-31T00:00:00.000Z'],
])('a date and time %s does not depend on the time zone of the host', (_, text, expected) => {
  vi.stubEnv('TZ', 'Asia/Tokyo')
  expect(new Date(2026, 0, 31).getTimezoneOffset()).toBe(-540)
  expect(new Date(parseValue(dateTime, text)).toISOString()).toBe(expected)
})

const GUID = '623281ac-fac0-4d4f-adae-893dab64bdb0'

test('a GUID is read in every spelling of Graph', () => {
  for (const text of [GUID, GUID.toUpperCase(), GUID.replaceAll('-', '')]) expect(parseGuid(text)).toBe(GUID)
})

test.each([`x${GUID}`, `/calls/${GUID}`, `${GUID}0`, `${GUID}/`, ` ${GUID}`, `{${GUID}}`, GUID.slice(1), ''])(
  '%j is not a GUID',
  (text) => {
    expect(parseGuid(text)).toBeUndefined()
  },
)

test('an error names the first five wrong properties', () => {
  const schema = z.object(Object.fromEntries([...'abcdefg'].map((name) => [name, z.string()])))
  const message = [...'abcde'].map((name) => `${name}: is required.`).join(' ')
  expect(() => parseValue(schema, {})).toThrow(new RegExp(`^${message}$`))
})
