import { expect, test } from 'vitest'
import { readFilter } from '../../../shared/graph/filters.js'
import { readJoinUrl, writeJoinUrl } from '../../../shared/simulator/joinUrls.js'

const MEETING = {
  threadId: '19:meeting_NDQwMGZhNmUtNTc5YS00@thread.v2',
  messageId: '0',
  organizerId: '550fae72-d251-43ec-868c-373732c2704f',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
}
const URL_OF_MEETING =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_NDQwMGZhNmUtNTc5YS00%40thread.v2/0' +
  '?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%2c' +
  '%22Oid%22%3a%22550fae72-d251-43ec-868c-373732c2704f%22%7d'

test('a join URL is written as Teams writes it, and read again', () => {
  expect(writeJoinUrl(MEETING)).toBe(URL_OF_MEETING)
  expect(readJoinUrl(URL_OF_MEETING)).toEqual(MEETING)
})

const alike: [title: string, url: string][] = [
  ['with capital escapes', URL_OF_MEETING.replaceAll(/%\w\w/g, (code) => code.toUpperCase())],
  ['decoded', decodeURIComponent(URL_OF_MEETING)],
  ['of another cloud', URL_OF_MEETING.replace('teams.microsoft.com', 'gov.teams.microsoft.us')],
  ['with more after the context', `${URL_OF_MEETING}&btype=a&role=a`],
  ['with more before the context', URL_OF_MEETING.replace('?', '?anon=true&')],
  ['in another case', URL_OF_MEETING.replace('l/meetup-join', 'L/Meetup-Join')],
]
test.each(alike)('a join URL %s is read alike', (_, url) => {
  expect(readJoinUrl(url)).toEqual(MEETING)
})

test('the meeting of a channel has the message that it belongs to', () => {
  const url = URL_OF_MEETING.replace('/0?', '/1507228578052?').replace('thread.v2', 'thread.tacv2')
  expect(readJoinUrl(url)).toMatchObject({
    messageId: '1507228578052',
    threadId: expect.stringMatching(/@thread\.tacv2$/),
  })
})

const others = [
  '',
  'not a url',
  'https://teams.microsoft.com/',
  'https://zoom.example/j/123?context={}',
  URL_OF_MEETING.replace(/\?.*/, ''),
  URL_OF_MEETING.replace(/context=.*/, 'context=%7b%7d'),
  URL_OF_MEETING.replace(/context=.*/, 'context=null'),
  URL_OF_MEETING.replace(/context=.*/, 'context=%7'),
  URL_OF_MEETING.replace('19%3a', '19%'),
]
test.each(others)('%o is no join URL', (url) => {
  expect(readJoinUrl(url)).toBeUndefined()
})

const filters: [query: string, filter: object | undefined][] = [
  ["$filter=JoinWebUrl eq 'a'", { property: 'joinweburl', value: 'a' }],
  ["%24filter=joinWebUrl%20EQ%20'a'", { property: 'joinweburl', value: 'a' }],
  ["filter=joinWebUrl+eq+'a b'", { property: 'joinweburl', value: 'a b' }],
  ["$top=1&$Filter= a/b  eq  'it''s' ", { property: 'a/b', value: "it's" }],
  ["$filter=a eq ''", { property: 'a', value: '' }],
  ['$filter=a eq 1', undefined],
  ["$filter=a ne 'b'", undefined],
  ["$filter=a eq 'b' and c eq 'd'", undefined],
  ["$filter=a eq 'it's'", undefined],
  ['$filter=', undefined],
  ['', undefined],
]
test.each(filters)('the filter of %o is %o', (query, filter) => {
  expect(readFilter(new URLSearchParams(query))).toEqual(filter)
})
