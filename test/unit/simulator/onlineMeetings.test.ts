import { expect, test } from 'vitest'
import {
  hashToMeetingNumber,
  meetingOfId,
  meetingOfJoinMeetingId,
  meetingOfJoinUrl,
  meetingOfNumber,
  meetingOfVideoTeleconference,
  type OnlineMeeting,
  renderOnlineMeeting,
} from '../../../shared/simulator/onlineMeetings.js'

const defaults = { organizerId: 'heidi@contoso.com', tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47', createdAt: 0 }
const meeting = meetingOfNumber('391887961194453', defaults)
const channelMeeting = { ...meeting, threadId: '19:abc@thread.tacv2', messageId: '1507228578052' }

const MEETINGS: [title: string, meeting: OnlineMeeting][] = [
  ['a meeting', meeting],
  ['a channel meeting', channelMeeting],
  ['a meeting of another tenant', { ...meeting, tenantId: 'contoso' }],
  ['an organizer with an asterisk', { ...meeting, organizerId: 'a*b' }],
  ['an organizer whose id has slashes in base64', { ...meeting, organizerId: '???>>>ÿÿÿ' }],
  ['a thread id with a line break', { ...meeting, threadId: '19:\n@thread' }],
]
test.each(MEETINGS)('the id of %s is one segment of a path and leads back to it', (_, expected) => {
  const { id } = renderOnlineMeeting(expected, 'v1.0')
  expect(id).toMatch(/^[A-Za-z0-9_-]+=*$/)
  expect(meetingOfId(id, { organizerId: 'another', tenantId: 'another', createdAt: 0 })).toEqual(expected)
})

test('two meetings of one channel have different ids', () => {
  const later = { ...channelMeeting, messageId: '1507228578053' }
  expect(renderOnlineMeeting(channelMeeting, 'v1.0').id).not.toBe(renderOnlineMeeting(later, 'v1.0').id)
})

const { id } = renderOnlineMeeting(meeting, 'v1.0')
test.each(['', '1', 'MSo', id.slice(0, -7), `${id}.`, `${id} `, ` ${id}`, '391887961194453'])(
  'the text %o is not the id of a meeting',
  (text) => {
    expect(meetingOfId(text, defaults)).toBeUndefined()
  },
)

test('a long join URL, a short one and the number lead to the same meeting', () => {
  const { joinWebUrl, joinMeetingIdSettings } = renderOnlineMeeting(meeting, 'v1.0')
  const { joinMeetingId, passcode } = joinMeetingIdSettings
  const shortUrl = `https://teams.microsoft.com/meet/${joinMeetingId}?p=${passcode}`
  const found = [
    meetingOfJoinUrl(joinWebUrl, defaults),
    meetingOfJoinUrl(shortUrl, defaults),
    meetingOfJoinMeetingId('391 887 961 194 453', defaults),
    meetingOfVideoTeleconference('391887961194453', defaults),
  ]
  for (const each of found) {
    expect(renderOnlineMeeting(each as OnlineMeeting, 'v1.0')).toEqual(renderOnlineMeeting(meeting, 'v1.0'))
  }
})

test('a meeting has the passcode of the short join URL by which it was found', () => {
  const found = meetingOfJoinUrl('https://teams.live.com/meet/9381234567890?p=AbC', defaults) as OnlineMeeting
  expect(renderOnlineMeeting(found, 'v1.0').joinMeetingIdSettings).toEqual({
    isPasscodeRequired: true,
    joinMeetingId: '9381234567890',
    passcode: 'AbC',
  })
})

test.each([
  ['joinMeetingId', meetingOfJoinMeetingId, ['', ' ', 'abc', '12a']],
  ['join URL', meetingOfJoinUrl, ['', 'https://elsewhere.example/meet/123']],
  ['video teleconference id', meetingOfVideoTeleconference, ['']],
])('a text that is not a %s leads to no meeting', (_, find, texts) => {
  for (const text of texts) expect(find(text, defaults)).toBeUndefined()
})

test('the hash of a text is a meeting number, the same each time and another one for each text', () => {
  const texts = ['', 'Aa', 'BB', 'bl', 'al', '113018279@t.plcm.vc', ...Array.from({ length: 1_000 }, (_, n) => `${n}`)]
  const numbers = texts.map(hashToMeetingNumber)
  for (const number of numbers) expect(number).toMatch(/^\d{12}$/)
  expect(new Set(numbers).size).toBe(texts.length)
  expect(texts.map(hashToMeetingNumber)).toEqual(numbers)
})

const TIMES: [title: string, times: Partial<OnlineMeeting>, start: string, end: string][] = [
  ['without times', { createdAt: 1_000 }, '1970-01-01T00:00:01.000Z', '1970-01-01T01:00:01.000Z'],
  ['with a start', { startAt: 2_000 }, '1970-01-01T00:00:02.000Z', '1970-01-01T01:00:02.000Z'],
  ['with both times', { startAt: 2_000, endAt: 2_000 }, '1970-01-01T00:00:02.000Z', '1970-01-01T00:00:02.000Z'],
]
test.each(TIMES)('a meeting %s starts when it was created and lasts an hour by default', (_, times, start, end) => {
  expect(renderOnlineMeeting({ ...meeting, ...times }, 'v1.0')).toMatchObject({
    startDateTime: start,
    endDateTime: end,
  })
})
