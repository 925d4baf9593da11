import { expect, test } from 'vitest'
import {
  createMeetingBody,
  createOrGetMeetingBody,
  updateMeetingBody,
} from '../../../shared/graph/requests/onlineMeetingBody.js'
import { parseBody } from '../../../shared/graph/requests/parse.js'

const [EARLY, LATE] = ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.001Z']
const parsers = {
  create: (body: object) => parseBody(createMeetingBody, JSON.stringify(body)),
  createOrGet: (body: object) => parseBody(createOrGetMeetingBody, JSON.stringify({ externalId: 'x', ...body })),
  update: (body: object) => parseBody(updateMeetingBody, JSON.stringify(body)),
}

test.each(Object.entries(parsers))('%s refuses an end that is before the start, by a millisecond too', (_, parse) => {
  expect(() => parse({ startDateTime: LATE, endDateTime: EARLY })).toThrow('endDateTime: is before startDateTime.')
})

test.each(Object.entries(parsers))('%s accepts an end at the start or later', (_, parse) => {
  for (const [startDateTime, endDateTime] of [
    [EARLY, EARLY],
    [EARLY, LATE],
  ] as const) {
    const expected = { startAt: Date.parse(startDateTime), endAt: Date.parse(endDateTime) }
    expect(parse({ startDateTime, endDateTime }).properties).toEqual(expected)
  }
})

test.each(Object.entries(parsers))('%s refuses an end without a start', (_, parse) => {
  expect(() => parse({ endDateTime: LATE })).toThrow('startDateTime: is required with endDateTime.')
})

test('a start without an end is accepted in a new meeting, and refused in a change', () => {
  const body = { startDateTime: EARLY }
  expect(parsers.create(body).properties).toEqual({ startAt: Date.parse(EARLY) })
  expect(parsers.createOrGet(body).properties).toEqual({ startAt: Date.parse(EARLY) })
  expect(() => parsers.update(body)).toThrow('endDateTime: is required with startDateTime.')
})

test('only what a body contains is a change', () => {
  expect(parsers.update({})).toEqual({ properties: {} })
  expect(parsers.update({ subject: '' })).toEqual({ properties: { subject: '' } })
})

test.each(['-000001-01-01T00:00:00Z', '+010000-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', 'soon'])(
  'the time %s is refused, because a time of OData has a year of four digits',
  (startDateTime) => {
    expect(() => parsers.create({ startDateTime })).toThrow('startDateTime: must be a date and a time')
  },
)
