import { expect, test } from 'vitest'
import { type Bot, BotStore, NAME_KEPT_MS } from '../../../shared/storage/botStore.js'
import { MemoryTables } from '../../../shared/storage/memory.js'

const bot = (displayName: string): Bot => ({
  applicationId: 'bot',
  displayName,
  tenantId: 'tenant',
  callingWebhook: 'https://bot.example/calls',
  dialect: 'communications',
})

function createHosts() {
  const tables = new MemoryTables()
  let now = 0
  const clock = { now: () => now }
  return {
    host: new BotStore(tables, clock),
    otherHost: new BotStore(tables, clock),
    advance(ms: number) {
      now += ms
    },
  }
}

test('a host uses a new name at once when the bot was registered there', async () => {
  const { host } = createHosts()
  await host.put(bot('Old'))
  expect(await host.readDisplayName('bot')).toBe('Old')
  await host.put(bot('New'))
  expect(await host.readDisplayName('bot')).toBe('New')
})

test('another host uses the old name for a minute', async () => {
  const { host, otherHost, advance } = createHosts()
  await host.put(bot('Old'))
  expect(await otherHost.readDisplayName('bot')).toBe('Old')
  await host.put(bot('New'))
  advance(NAME_KEPT_MS - 1)
  expect(await otherHost.readDisplayName('bot')).toBe('Old')
  advance(1)
  expect(await otherHost.readDisplayName('bot')).toBe('New')
})

test('every host finds a bot as soon as it is registered', async () => {
  const { host, otherHost } = createHosts()
  expect(await otherHost.readDisplayName('bot')).toBeUndefined()
  await host.put(bot('New'))
  expect(await otherHost.readDisplayName('bot')).toBe('New')
})
