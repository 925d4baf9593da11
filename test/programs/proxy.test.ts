import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { COMMUNICATIONS, callBody, create, establishCall, newBot } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'

test('neither storage nor callbacks, on this machine or not, go through the proxy of the environment', async () => {
  const seen: string[] = []
  const proxy = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.writeHead(503).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void proxy.close())
  await new Promise((resolve) => proxy.once('listening', resolve))
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const service = await startService({
    HTTP_PROXY: address,
    HTTPS_PROXY: address,
    http_proxy: address,
    https_proxy: address,
    NO_PROXY: '',
    no_proxy: '',
    CALLBACK_ALLOW_LIST: 'bot.invalid',
  })
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  await establishCall(bot, COMMUNICATIONS)
  await create(bot, COMMUNICATIONS, { ...callBody(bot), callbackUri: 'http://bot.invalid/api/calls' })
  await expect.poll(service.log).toMatch(/<- #\d+ .*bot\.invalid/)
  expect(seen).toEqual([])
})
