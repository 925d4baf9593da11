import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../support/ownService.js'
import { COMMUNICATIONS, newBot } from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { meetingBody } from '../../support/testBot.js'

// A bot on a developer's machine whose callback host is hard-coded.

const ORIGIN = 'https://bot.contoso.invalid'
const CALLBACK = `${ORIGIN}/api/calls?bot=1`

const paths: (string | undefined)[] = []
const callback = createServer((request, response) => {
  paths.push(request.url)
  response.writeHead(202).end()
})
let service: RunningService

beforeAll(async () => {
  callback.listen(0, '127.0.0.1')
  await once(callback, 'listening')
  const { port } = callback.address() as AddressInfo
  service = await startOwnService({ CALLBACK_REWRITE: `${ORIGIN}=http://localhost:${port}` })
})
afterAll(async () => {
  callback.close()
  await service.stop()
})

test('51. a bot with a hard-coded callback host is notified on this machine, and keeps its callback URL', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const reply = await bot.request('POST', COMMUNICATIONS.calls, meetingBody(CALLBACK))
  expect(reply).toMatchObject({ status: 201, body: { callbackUri: CALLBACK } })
  await expect.poll(() => paths.length).toBeGreaterThanOrEqual(3)
  expect(new Set(paths)).toEqual(new Set(['/api/calls?bot=1']))
  const { body } = await bot.request('GET', `/deliveries?callId=${reply.body.id}`)
  expect(body.value[0].callbackUri).toBe(CALLBACK)
  expect(service.log()).not.toContain('callback.elsewhere')
})

test('a hard-coded callback host without a rewrite gets one hint on the console', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const other = 'https://other.contoso.invalid'
  for (const path of ['/a', '/b']) await bot.request('POST', COMMUNICATIONS.calls, meetingBody(`${other}${path}`))
  const listHints = () => service.log().match(/WARNING callback\.elsewhere host=other\.contoso\.invalid .*/g) ?? []
  await expect.poll(() => service.log().match(/<- #\d+ .*other\.contoso/g)?.length).toBeGreaterThanOrEqual(4)
  expect(listHints()).toEqual([expect.stringContaining(`set CALLBACK_REWRITE=${other}=http://localhost:3978`)])
})
