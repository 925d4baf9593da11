import { expect, test } from 'vitest'
import { readSettings } from '../../shared/config.js'
import { checkCallbackAddress } from '../../shared/delivery/callbackAddress.js'

const local = readSettings({ RINGBACK_LOCAL: 'true', CALLBACK_HTTP_HOSTS: 'bot, Bot.Internal' })
const deployed = readSettings({ RINGBACK_LOCAL: 'false', CALLBACK_HTTP_HOSTS: 'bot' })

const SHORT = 'https://bot.example/'
test.for([
  'https://bot.example/callback',
  'https://bot.example:8443/callback?x=1',
  'HTTPS://BOT.EXAMPLE/callback',
  `${SHORT}${'x'.repeat(2048 - SHORT.length)}`,
])('%s is taken everywhere', (address) => {
  expect(() => checkCallbackAddress(address, 'callbackUri', local)).not.toThrow()
  expect(() => checkCallbackAddress(address, 'callbackUri', deployed)).not.toThrow()
})

test.for([
  'http://localhost:3978/api/calls',
  'http://LOCALHOST/',
  'http://127.0.0.1:3978/',
  'http://[::1]:3978/',
  'http://bot:3978/',
  'http://bot.internal/',
])('%s is taken only locally', (address) => {
  expect(() => checkCallbackAddress(address, 'callbackUri', local)).not.toThrow()
  const message = 'callbackUri: must be an https address.'
  expect(() => checkCallbackAddress(address, 'callbackUri', deployed)).toThrow(message)
})

test.for([
  ['', 'is not an absolute address'],
  ['/callback', 'is not an absolute address'],
  ['bot.example/callback', 'is not an absolute address'],
  [`${SHORT}${'x'.repeat(2049 - SHORT.length)}`, 'is not an absolute address'],
  ['https://', 'is not an absolute address'],
  ['https://user:secret@bot.example/', 'must not hold credentials'],
  ['https://user@bot.example/', 'must not hold credentials'],
  ['http://bot.example/', 'must be https, or http to this machine or to a host of CALLBACK_HTTP_HOSTS'],
  ['http://localhost.bot.example/', 'must be https'],
  ['http://127.0.0.1.bot.example/', 'must be https'],
  ['http://169.254.169.254/metadata', 'must be https'],
  ['http://0.0.0.0/', 'must be https'],
  ['ftp://localhost/', 'must be https'],
  ['file:///etc/passwd', 'must be https'],
  ['javascript:alert(1)', 'must be https'],
  ['data:text/plain,x', 'must be https'],
] as const)('%s is refused even locally: %s', ([address, problem]) => {
  expect(() => checkCallbackAddress(address, 'callbackUri', local)).toThrow(`callbackUri: ${problem}`)
  expect(() => checkCallbackAddress(address, 'callbackUri', deployed)).toThrow('callbackUri: ')
})
