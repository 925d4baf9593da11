import { stripVTControlCharacters, styleText } from 'node:util'
import { expect, test } from 'vitest'
import { createEventPrinter } from '../../../cli/eventPrinter.js'
import { createOutput } from '../../../cli/output.js'
import type { ListedEntry } from '../../../shared/inspection/entries.js'
import { newFakeClient } from '../../support/fakeClient.js'
import { newTerminal } from '../../support/terminal.js'

const request = (number: number): ListedEntry => ({
  type: 'request',
  number,
  at: 0,
  name: 'call-answer',
  method: 'POST',
  path: '/calls/1/answer',
})
const reply = (number: number, of: number, status = 200): ListedEntry => ({
  type: 'reply',
  number,
  at: 0,
  request: of,
  status,
  durationMs: 3,
  ...(status >= 400 && { code: 'notAllowed' }),
})

function newPrinter(replies: Record<string, unknown> = {}, options: { isJson?: boolean; isTTY?: boolean } = {}) {
  const client = newFakeClient(replies)
  const terminal = newTerminal(options)
  const output = createOutput({ ...terminal, isJson: options.isJson ?? false })
  const printer = createEventPrinter(client, output)
  return { printer, client, lines: () => terminal.printed().stdout.replaceAll(/(?<![\d:.])[\d:.]{12} /g, '') }
}

test('a reply is a line with its request', async () => {
  const { printer, client, lines } = newPrinter()
  await printer.printEntry(request(1))
  await printer.printEntry(reply(2, 1))
  expect(lines()).toBe('-> POST /calls/1/answer 200, 3 ms\n')
  expect(client.requests).toEqual([])
})

test('a request before the start of the log that is followed is read', async () => {
  const { printer, lines } = newPrinter({ 'GET /inspector/events/1': { ...request(1), message: {} } })
  await printer.printEntry(reply(2, 1))
  expect(lines()).toBe('-> POST /calls/1/answer 200, 3 ms\n')
})

test('a refused request has the message of its error', async () => {
  const message = { headers: {}, body: { text: '{"error":{"message":"Not now."}}', bytes: 1 } }
  const { printer, lines } = newPrinter({ 'GET /inspector/events/2': { ...reply(2, 1, 409), message } })
  await printer.printEntry(request(1))
  await printer.printEntry(reply(2, 1, 409))
  expect(lines()).toBe('-> POST /calls/1/answer 409 notAllowed: Not now., 3 ms\n')
})

test('entries that were dropped meanwhile are no error', async () => {
  const { printer, lines } = newPrinter()
  await printer.printEntry(reply(2, 1))
  await printer.printEntry(request(3))
  await printer.printEntry(reply(4, 3, 409))
  expect(lines()).toBe('-> POST /calls/1/answer 409 notAllowed: , 3 ms\n')
})

test('with --json an entry is an object, and a reply has the method and the path of its request', async () => {
  const { printer, lines } = newPrinter({}, { isJson: true })
  await printer.printEntry(request(1))
  await printer.printEntry(reply(2, 1, 409))
  expect(JSON.parse(lines())).toEqual({ ...reply(2, 1, 409), method: 'POST', path: '/calls/1/answer' })
})

test('what failed is red on a terminal', async () => {
  const { printer, lines } = newPrinter({}, { isTTY: true })
  const attempt = {
    type: 'attempt',
    at: 0,
    sequence: 1,
    summary: 'created call',
    url: 'http://x/',
    durationMs: 1,
  } as const
  await printer.printEntry({ ...attempt, number: 1, status: 202 })
  await printer.printEntry({ ...attempt, number: 2, error: 'ECONNREFUSED' })
  const [sent = '', failed = ''] = lines().split('\n')
  expect(sent).toBe(stripVTControlCharacters(sent))
  expect(failed).toBe(styleText('red', stripVTControlCharacters(failed), { validateStream: false }))
  expect(failed).toContain('ECONNREFUSED')
})
