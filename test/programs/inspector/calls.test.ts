import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Entry } from '../../../shared/inspection/entries.js'
import { startOwnService } from '../../support/ownService.js'
import { ANSWER, COMMUNICATIONS, callBody, create, placeCall } from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { startBot, type TestBot, user } from '../../support/testBot.js'
import {
  expectAccessible,
  expectRow,
  hasBrowser,
  type OpenOptions,
  openInspector,
  readRows,
  saveScreenshot,
  startBrowser,
} from './browser.js'

// The page of the inspector in a browser: calls, bots and people. phone.test.ts has the phone.

const CALLS = '/v1.0/communications/calls'

describe.skipIf(!hasBrowser)('the inspector', () => {
  let browser: Browser
  let service: RunningService
  let bot: TestBot

  beforeAll(async () => {
    browser = await startBrowser()
    service = await startOwnService({
      SIMULATOR_DEFAULT: 'wait',
      RING_TIMEOUT_MS: '60000',
      ANSWER_TIMEOUT_MS: '60000',
      RETRY_SCHEDULE_SECONDS: '1',
      NOTIFICATION_MAX_ATTEMPTS: '2',
    })
    bot = await startBot(service.baseUrl)
  })
  afterAll(async () => {
    await browser.close()
    await bot.close()
    await service.stop()
  })

  /** Opens the page in a window of its own, and checks at the end of the test that it has reported no error. */
  async function open(query = '', options: OpenOptions = {}): Promise<Page> {
    const { page, context, expectNoErrors } = await openInspector(browser, service.baseUrl, query, options)
    onTestFinished(async () => {
      expectNoErrors()
      await context.close()
    })
    return page
  }

  test('leads a newcomer from nothing to the first call, which grows without a reload', async () => {
    const page = await open()
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    await expectAccessible(page)

    await page.getByLabel('Name', { exact: true }).fill('First bot')
    await page.getByLabel('Application id').fill(bot.applicationId)
    await page.getByLabel('Tenant id').fill(bot.tenantId)
    await page.getByLabel('Calling webhook').fill(bot.callbackUri)
    await page.getByLabel('Dialect').selectOption('communications')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByText('1 bot registered').waitFor()
    await page.getByRole('button', { name: 'Call', exact: true }).click()

    await expectRow(page, 'Megan Bowen to Ringback: Megan Bowen calls the bot, 201')
    await expectRow(page, 'Ringback to First bot: #1 created call incoming, 202')
    const [first] = await bot.waitFor(1)
    const call = `${CALLS}/${first?.body.value[0].resourceData.id}`
    expect((await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: bot.callbackUri })).status).toBe(202)
    await expectRow(page, 'First bot to Ringback: POST answer, 202')
    await expectRow(page, 'updated call established, 202')
    await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user('amar', 'Amar') }] })
    await expectRow(page, 'Ringback to Amar: rings')

    // The banner of a person who rings.
    await page.getByRole('button', { name: 'Answer as Amar' }).click()
    await expectRow(page, /updated participants 3, 202/)
    await page.getByRole('link', { name: /POST participants\/invite/ }).click()
    await saveScreenshot(page, 'call')
    await bot.request('DELETE', call)
    await expectRow(page, 'DELETE call, 204')
    await page.getByRole('region', { name: 'Call', exact: true }).getByText('ended').waitFor()
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
    // Every notification is after the request that has caused it.
    const rows = await readRows(page)
    const indexOf = (text: string) => rows.findIndex((row) => row.includes(text))
    expect(indexOf('POST answer')).toBeLessThan(indexOf('updated call established'))
    await expectAccessible(page)
  })

  test('shows the messages of a row, and copies the request and the call', async () => {
    const path = await create(bot, COMMUNICATIONS, callBody(bot, 'heidi'))
    const page = await open(`?call=${path.split('/').at(-1)}`)
    // A click on a row that is rendered again at this moment would be lost.
    await expectRow(page, 'updated call establishing, 202')
    await page.getByRole('link', { name: /POST calls/ }).click()
    const details = page.getByRole('region', { name: 'Message' })
    await details.getByText('"callbackUri"').first().waitFor()
    expect(await details.textContent()).not.toContain(bot.token)
    await details.getByRole('searchbox').fill('requestedModalities')
    expect(await details.locator('mark').count()).toBeGreaterThan(0)

    const readClipboard = () => page.evaluate(() => navigator.clipboard.readText())
    await details.getByRole('button', { name: /curl/i }).click()
    await expect.poll(readClipboard).toMatch(/^curl .*\/v1\.0\/communications\/calls/s)
    await page.getByRole('button', { name: 'Copy ladder' }).click()
    await expect.poll(readClipboard).toContain('#1 updated call establishing')
    await page.getByRole('button', { name: 'Copy the call as a test' }).click()
    await expect.poll(readClipboard).toMatch(/^\/\/ .*import \{ randomUUID \} from 'node:crypto'/s)

    const [mermaid] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Mermaid' }).click(),
    ])
    expect(mermaid.suggestedFilename()).toMatch(/^call-.*\.mmd$/)
    const [json] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'JSON' }).click(),
    ])
    expect(json.suggestedFilename()).toMatch(/^call-.*\.json$/)
    const exported = JSON.parse(await readFile(await json.path(), 'utf8'))
    const [request] = exported.entries.filter(({ type }: Entry) => type === 'request')
    expect(JSON.parse(request.message.body.text)).toMatchObject({ targets: [{ identity: { user: { id: 'heidi' } } }] })
    const [log] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the log' }).click(),
    ])
    expect(log.suggestedFilename()).toBe('ringback.ndjson')
    await bot.request('DELETE', path)
  })

  test('a refused request that has created no call is shown with its body and its reply', async () => {
    const page = await open()
    expect((await bot.request('POST', CALLS, { callbackUri: 'not a URL' })).status).toBe(400)
    await page.getByText('without a call').click()
    await page.getByText('POST /v1.0/communications/calls 400').first().click()
    await page.getByText('"callbackUri": "not a URL"').waitFor()
    await page.getByRole('heading', { name: 'Reply 400' }).waitFor()
    await expectAccessible(page)
  })

  test('a declined call and a transfer are in the diagrams of their calls', async () => {
    const declined = await create(bot, COMMUNICATIONS, callBody(bot, 'ben'))
    const page = await open(`?call=${declined.split('/').at(-1)}`)
    await page.getByRole('button', { name: /^Decline as/ }).click()
    await expectRow(page, 'deleted call terminated, 202')

    const transferred = await create(bot, COMMUNICATIONS, callBody(bot, 'cleo'))
    await page.goto(`${service.baseUrl}/inspector?call=${transferred.split('/').at(-1)}`)
    await page.getByRole('button', { name: /^Answer as/ }).click()
    await expectRow(page, 'updated call established, 202')
    await bot.request('POST', `${transferred}/transfer`, { transferTarget: { identity: user('dora', 'Dora') } })
    await expectRow(page, 'POST transfer, 202')
    await expectRow(page, 'Ringback to Dora: rings')
    await page.getByRole('button', { name: 'Answer as Dora' }).click()
    await expectRow(page, 'deleted call terminated, 202')
  })

  test('a fault is marked at the attempts that got it, and a dead letter is replayed', async () => {
    await bot.register('communications')
    const page = await open('?tab=bots')
    await page.getByText('Inject a fault').click()
    await page.getByRole('combobox', { name: 'Fault' }).selectOption('callback duplicate')
    await page.getByLabel('Times').fill('5')
    await page.getByRole('button', { name: 'Inject', exact: true }).click()
    await page.getByText('5 left').waitFor()
    await page.getByRole('combobox', { name: 'Fault' }).selectOption('callback status 503')
    await page.getByLabel('Times').fill('2')
    await page.getByRole('button', { name: 'Inject', exact: true }).click()
    await page.getByText('2 left').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: /^Remove the fault callback duplicate of / }).click()
    await page.getByText('5 left').waitFor({ state: 'detached' })
    await page.getByText('2 left').waitFor()
    expect((await bot.request('GET', `/simulator/faults/${bot.applicationId}`)).body.faults).toMatchObject([
      { effect: 'status', status: 503, remaining: 2 },
    ])

    // A page shows an alert only for what is dead-lettered while it is open.
    const callId = await placeCall(bot)
    await page.getByRole('alert').getByText('was dead-lettered').waitFor()
    await expectAccessible(page)
    await page.goto(`${service.baseUrl}/inspector?call=${callId}`)
    await expectRow(page, /#1 created call incoming, .*dead-lettered/)
    expect((await readRows(page)).find((row) => row.includes('#1'))).toMatch(/fault/i)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Next failed' }).click()
    await page.getByRole('table', { name: 'Attempts' }).getByText('503').first().waitFor()

    const before = bot.received.length
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await bot.waitFor(before + 1)
    await expectRow(page, /#1 created call incoming, 202/)
    await page.getByRole('button', { name: 'Resend', exact: true }).click()
    await bot.waitFor(before + 2)
    await bot.request('DELETE', `${CALLS}/${callId}`)
  })

  test('the doctor says what the callback of a bot answers', async () => {
    await bot.register('communications')
    const page = await open('?tab=bots')
    await page.getByRole('button', { name: /^Doctor for/ }).click()
    await page.getByText('does not verify tokens').waitFor()
    await expectAccessible(page)
  })

  test('markup in the name of a person stays text', async () => {
    const name = '<script>document.title = "run"</script><img src=x onerror="document.title=1">'
    const path = await create(bot, COMMUNICATIONS, {
      ...callBody(bot),
      targets: [{ identity: user(randomUUID(), name) }],
    })
    const page = await open(`?call=${path.split('/').at(-1)}`)
    await page.getByText(name).first().waitFor()
    expect(await page.title()).not.toMatch(/run|^1$/)
    expect(await page.locator('img').count()).toBe(0)
    await bot.request('DELETE', path)
  })

  test('everything can be reached by the keyboard', async () => {
    const path = await create(bot, COMMUNICATIONS, callBody(bot, 'eve'))
    const page = await open()
    await page.getByRole('list', { name: 'Calls, newest first' }).waitFor()
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Call', exact: true }).waitFor()
    await expectRow(page, 'POST calls')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Message' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('region', { name: 'Message' }).waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
    await bot.request('DELETE', path)
  })

  test('the chosen call and the filters survive a reload, and a link has them', async () => {
    const path = await create(bot, COMMUNICATIONS, callBody(bot, 'fred'))
    const page = await open()
    await page.getByRole('searchbox', { name: 'Search calls' }).fill('heidi')
    await page.getByRole('combobox', { name: 'State' }).selectOption('live')
    await page.getByRole('list', { name: 'Calls, newest first' }).getByRole('link').first().click()
    await expectRow(page, 'POST calls')
    const url = page.url()
    expect(url).toMatch(/call=.*state=live.*q=heidi/)
    expect(url).not.toContain('token')
    await page.reload()
    await expectRow(page, 'POST calls')
    expect(await page.getByRole('searchbox', { name: 'Search calls' }).inputValue()).toBe('heidi')
    await bot.request('DELETE', path)
  })

  test.each(['light', 'dark'] as const)(
    'at 380 pixels nothing is cut off, and axe finds nothing: %s',
    async (colorScheme) => {
      const path = await create(bot, COMMUNICATIONS, callBody(bot, 'gina'))
      for (const query of [`?call=${path.split('/').at(-1)}`, '', '?tab=bots', '?tab=people']) {
        const page = await open(query, { width: 380, colorScheme })
        await page.getByRole('main').waitFor()
        await page.getByText(/^Live/).waitFor()
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        expect([query, width]).toEqual([query, 380])
        await expectAccessible(page)
      }
      await bot.request('DELETE', path)
    },
  )
})
