import { TableServiceClient } from '@azure/data-tables'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Storage, startSeedableStorage } from '../../../bench/host.js'
import { COMMUNICATIONS, establishMeeting } from '../../support/scenarios.js'
import { type RunningService, startServiceOn } from '../../support/serviceProcess.js'
import { startBot, type TestBot } from '../../support/testBot.js'
import { hasBrowser, openInspector, startBrowser } from './browser.js'

// How quickly the page is there when there is much to show. The machine may be busy, so the bounds are wide; the
// measured times are printed.

const STORED_CALLS = 5_000
/** Each command and its notification are a row each. */
const COMMANDS = 1_000
const LOADS = 3
/** A quiet machine needs a tenth of a second for the first paint, and half a second for the list. */
const MAX_FIRST_PAINT_MS = 1_000
const MAX_SHOWN_MS = 10_000

describe.skipIf(!hasBrowser)('with 5,000 stored calls and a call of 2,000 messages', () => {
  let browser: Browser
  let storage: Storage
  let service: RunningService
  let bot: TestBot
  let call = ''

  beforeAll(async () => {
    browser = await startBrowser()
    storage = await startSeedableStorage()
    service = await startServiceOn(storage.connection, { SIMULATOR_DEFAULT: 'answer', REQUESTS_PER_10_SECONDS: '0' })
    bot = await startBot(service.baseUrl)
    call = await establishMeeting(bot, COMMUNICATIONS)
    // bench/azuriteSeed.ts copies the rows of the call.
    const tables = TableServiceClient.fromConnectionString(storage.connection, { allowInsecureConnection: true })
    await tables.createTable(`copies${STORED_CALLS - 1}`)
    const before = bot.received.length
    // One after the other, because a bot that is muted already is not notified.
    for (let count = 0; count < COMMANDS; count += 1) {
      await bot.request('POST', `${call}/${count % 2 === 0 ? 'mute' : 'unmute'}`, {})
    }
    await bot.waitFor(before + COMMANDS)
  })
  afterAll(async () => {
    await browser.close()
    await bot.close()
    await service.stop()
    await storage.stop()
  })

  test('the page is painted within a second, and then shows its calls and messages', async () => {
    const { page, context, expectNoErrors } = await openInspector(browser, service.baseUrl)
    const measure = async (): Promise<{ paintMs: number; listMs: number }> => {
      await page.getByRole('list', { name: 'Calls, newest first' }).getByRole('listitem').first().waitFor()
      return page.evaluate(() => ({
        paintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        listMs: performance.now(),
      }))
    }
    // The fastest one counts, because other work on the machine slows the others.
    const loads = [await measure()]
    while (loads.length < LOADS) {
      await page.reload()
      loads.push(await measure())
    }
    const firstPaintMs = Math.min(...loads.map(({ paintMs }) => paintMs))
    const listMs = Math.min(...loads.map((load) => load.listMs))
    const startedAt = Date.now()
    await page.goto(`${service.baseUrl}/inspector?call=${call.split('/').at(-1)}`)
    const rows = page.getByRole('list', { name: 'Messages' }).getByRole('listitem')
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(2 * COMMANDS)
    const diagramMs = Date.now() - startedAt
    console.log(
      `first paint ${firstPaintMs.toFixed()} ms, list of ${STORED_CALLS} calls ${listMs.toFixed()} ms, ` +
        `diagram of ${await rows.count()} rows ${diagramMs} ms`,
    )
    expect(firstPaintMs).toBeLessThan(MAX_FIRST_PAINT_MS)
    expect(listMs).toBeLessThan(MAX_SHOWN_MS)
    expect(diagramMs).toBeLessThan(MAX_SHOWN_MS)
    expectNoErrors()
    await context.close()
  })
})
