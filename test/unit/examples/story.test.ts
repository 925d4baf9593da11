import { expect, test, vi } from 'vitest'
import type { Exchange } from '../../../examples/demo/recorder.js'
import { Story } from '../../../examples/demo/story.js'
import { callDeleted, callUpdated, exchange, NAMES, pathOf, placedCall, request } from './exchange.js'

const chapter = (name: string) => ({ name, title: name, summary: `What happens in ${name}.` })
const TEXTS = {
  setup: chapter('setup'),
  calls: [chapter('call 1'), chapter('call 2')],
  meeting: chapter('the meeting'),
  others: chapter('other messages'),
}

/** Returns the headings, and for each message its first word after the status, such as `POST` or `#1`. */
function outlineOf(exchanges: readonly Exchange[], isVerbose = false): string {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const story = new Story({ texts: TEXTS, personName: NAMES.person, startedAt: 0, isVerbose })
  for (const told of exchanges) story.tell(told)
  story.finish()
  const lines = log.mock.calls.flatMap(([text = '']) => String(text).split('\n'))
  log.mockRestore()
  return lines
    .flatMap((line) => /== (.+?) =|-> \w+ +(?:\d{3} {2})?(\S+)|^ +(Megan Bowen.*)$/.exec(line)?.slice(1) ?? [])
    .filter(Boolean)
    .join(' ')
    .replaceAll(/ +/g, ' ')
}

const join = { ...request('POST', '/app/calls'), status: 201, responseBody: JSON.stringify({ id: 'C'.repeat(32) }) }
const participants = [{ identity: { user: { id: 'megan' } }, replacesCallId: pathOf('A') }]
const invitation = request('POST', `${pathOf('C')}/participants/invite`, { participants })

test('the messages of each call are printed together, although calls overlap', () => {
  const exchanges = [
    exchange(),
    placedCall('A'),
    callUpdated('A', 1, 'established'),
    join,
    callUpdated('C', 1, 'established'),
    callDeleted('A', 2),
    placedCall('B'),
    callUpdated('C', 2, 'terminated'),
    callDeleted('B', 1),
    callDeleted('C', 3),
  ]
  expect(outlineOf(exchanges)).toBe(
    [
      'setup GET',
      'call 1 POST #1 #2 Megan Bowen Ringback bot',
      'call 2 POST #1 Megan Bowen Ringback bot',
      'the meeting POST #1 #2 #3',
    ].join(' '),
  )
})

test('an invitation that replaces a call is mentioned in the chapter of that call too', () => {
  const exchanges = [placedCall('A'), join, invitation, callDeleted('A', 1)]
  expect(outlineOf(exchanges)).toMatch(/^call 1 POST \(in #1 Megan Bowen .* bot the meeting POST POST$/)
})

test('a message after the end of its call, or of an unknown call, is printed at the end', () => {
  const exchanges = [
    placedCall('A'),
    callDeleted('A', 1),
    callDeleted('A', 1),
    callUpdated('D', 1, 'established'),
    placedCall('B'),
  ]
  expect(outlineOf(exchanges)).toMatch(/call 2 POST other messages #1 #1$/)
})

test('a call that has not ended is printed without a diagram', () => {
  expect(outlineOf([placedCall('A'), callUpdated('A', 1, 'established')])).toBe('call 1 POST #1')
})

test('the verbose form has the same chapters', () => {
  expect(outlineOf([placedCall('A'), join, callUpdated('C', 1, 'established'), callDeleted('A', 1)], true)).toMatch(
    /^call 1 POST #1 Megan Bowen .* bot the meeting POST #1$/,
  )
})
