import { expect, test } from 'vitest'
import { readFilter } from '../../../shared/graph/filters.js'
import { readJoinUrl, readShortJoinUrl, writeJoinUrl } from '../../../shared/simulator/joinUrls.js'

const MEETING = {
  threadId: '19:meeting_NDQwMGZhNmUtNTc5YS00@thread.v2',
  messageId: '0',
  organizerId: '550fae72-d251-43ec-868c-373732c2704f',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
}
const MEETING_URL =
  'https://teams.microsoft.com/l/meetup-join/19%3ameeting_NDQwMGZhNmUtNTc5YS00%40thread.v2/0' +
  '?context=%7b%22Tid%22%3a%2272f988bf-86f1-41af-91ab-2d7cd011db47%22%2c' +
  '%22Oid%22%3a%22550fae72-d251-43ec-868c-373732c2704f%22%7d'

test('writeJoinUrl writes the form of Teams, and readJoinUrl reads it', () => {
  expect(writeJoinUrl(MEETING)).toBe(MEETING_URL)
  expect(readJoinUrl(MEETING_URL)).toEqual(MEETING)
})

const VARIANTS: [title: string, url: string][] = [
  ['with upper-case escapes', MEETING_URL.replaceAll(/%\w\w/g, (code) => code.toUpperCase())],
  ['without escapes', decodeURIComponent(MEETING_URL)],
  ['of another cloud', MEETING_URL.replace('teams.microsoft.com', 'gov.teams.microsoft.us')],
  ['with a parameter after the context', `${MEETING_URL}&btype=a&role=a`],
  ['with a parameter before the context', MEETING_URL.replace('?', '?anon=true&')],
  ['in another case', MEETING_URL.replace('l/meetup-join', 'L/Meetup-Join')],
]
test.each(VARIANTS)('readJoinUrl reads a URL %s', (_, url) => {
  expect(readJoinUrl(url)).toEqual(MEETING)
})

test('readJoinUrl reads the message of a channel meeting', () => {
  const url = MEETING_URL.replace('/0?', '/1507228578052?').replace('thread.v2', 'thread.tacv2')
  expect(readJoinUrl(url)).toMatchObject({
    messageId: '1507228578052',
    threadId: expect.stringMatching(/@thread\.tacv2$/),
  })
})

const OTHER_URLS = [
  '',
  'not a url',
  'https://teams.microsoft.com/',
  'https://zoom.example/j/123?context={}',
  MEETING_URL.replace(/\?.*/, ''),
  MEETING_URL.replace(/context=.*/, 'context=%7b%7d'),
  MEETING_URL.replace(/context=.*/, 'context=null'),
  MEETING_URL.replace(/context=.*/, 'context=%7'),
  MEETING_URL.replace('19%3a', '19%'),
]
test.each(OTHER_URLS)('readJoinUrl refuses %o', (url) => {
  expect(readJoinUrl(url)).toBeUndefined()
})

const SHORT_URLS: [url: string, expected: object][] = [
  ['https://teams.microsoft.com/meet/391887961194453?p=gs3i4BbISAYdWvdTo0', { passcode: 'gs3i4BbISAYdWvdTo0' }],
  ['https://teams.live.com/meet/391887961194453?p=Ab1', { passcode: 'Ab1' }],
  ['https://teams.cloud.microsoft/meet/391887961194453?p=Ab1', { passcode: 'Ab1' }],
  ['https://gov.teams.microsoft.us/meet/391887961194453?p=Ab1', { passcode: 'Ab1' }],
  ['https://dod.teams.microsoft.us/meet/391887961194453?p=Ab1', { passcode: 'Ab1' }],
  ['HTTPS://Teams.Microsoft.com/Meet/391887961194453?p=Ab1', { passcode: 'Ab1' }],
  ['https://teams.microsoft.com/meet/391887961194453/?anon=true&p=a%2Bb#top', { passcode: 'a+b' }],
  ['https://teams.microsoft.com/meet/391887961194453', {}],
  ['https://teams.microsoft.com/meet/391887961194453?p=', {}],
  ['https://teams.microsoft.com:443/meet/391887961194453#p=1', {}],
]
test.each(SHORT_URLS)('readShortJoinUrl reads %s', (url, expected) => {
  expect(readShortJoinUrl(url)).toEqual({ meetingNumber: '391887961194453', ...expected })
})

test.each([
  '',
  MEETING_URL,
  'http://teams.microsoft.com/meet/123?p=1',
  'https://teams.microsoft.com/meet/?p=1',
  'https://teams.microsoft.com/meet/abc?p=1',
  'https://teams.microsoft.com/meet/123/456?p=1',
  'https://teams.microsoft.com/other/meet/123?p=1',
  'https://meet.example/meet/123?p=1',
  'https://notteams.example/meet/123?p=1',
  'https://meet.example/teams.example/meet/123?p=1',
  'see https://teams.microsoft.com/meet/123?p=1',
])('readShortJoinUrl refuses %o', (url) => {
  expect(readShortJoinUrl(url)).toBeUndefined()
})

const FILTERS: [query: string, filter: object | undefined][] = [
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
test.each(FILTERS)('readFilter reads %o as %o', (query, filter) => {
  expect(readFilter(new URLSearchParams(query))).toEqual(filter)
})

test('a long URL is read in linear time', () => {
  const before = process.cpuUsage()
  for (let count = 0; count < 20; count++) readShortJoinUrl(`https://${'teams.'.repeat(2_500)}`)
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1_000)
})
