import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { renderWav } from '../../../shared/simulator/wav.js'
import { startOwnService } from '../../support/ownService.js'
import { ANSWER, COMMUNICATIONS, callBody, create } from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { type Received, startBot, type TestBot } from '../../support/testBot.js'
import { expectAccessible, expectRow, hasBrowser, openInspector, saveScreenshot, startBrowser } from './browser.js'

// The phone of the inspector in a browser with a fake microphone, which beeps.

/** The prompt of the bot: two seconds of a tone, PCM with 16 kHz and 16 bits. */
const PROMPT_MS = 2_000
const PROMPT = renderWav(
  [{ startMs: 0, durationMs: PROMPT_MS, samples: Buffer.alloc((PROMPT_MS / 1000) * 32_000, '0020', 'hex') }],
  PROMPT_MS,
)
/** The header of a WAV file in front of its samples. */
const WAV_HEADER_BYTES = 44

describe.skipIf(!hasBrowser)('the phone', () => {
  let browser: Browser
  let service: RunningService
  let bot: TestBot
  let mediaUrl = ''
  const media = createServer((request, response) => {
    if (request.url === '/hello.wav') response.writeHead(200, { 'Content-Type': 'audio/wav' }).end(PROMPT)
    else response.writeHead(404).end()
  })

  beforeAll(async () => {
    browser = await startBrowser()
    service = await startOwnService({
      SIMULATOR_DEFAULT: 'wait',
      RING_TIMEOUT_MS: '60000',
      ANSWER_TIMEOUT_MS: '60000',
      FETCH_PROMPTS: 'true',
      // A prompt that is not fetched plays long enough to be seen.
      PROMPT_DURATION_MS: '10000',
    })
    bot = await startBot(service.baseUrl)
    await bot.register('communications')
    await once(media.listen(0, '127.0.0.1'), 'listening')
    mediaUrl = `http://127.0.0.1:${(media.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    media.close()
    media.closeAllConnections()
    await browser.close()
    await bot.close()
    await service.stop()
  })

  async function openPhone(personId: string): Promise<Page> {
    const query = `?tab=people&person=${personId}`
    const { page, context, expectNoErrors } = await openInspector(browser, service.baseUrl, query)
    onTestFinished(async () => {
      expectNoErrors()
      await context.close()
    })
    await page.getByRole('heading', { name: `Phone of ${personId}` }).waitFor()
    return page
  }

  const phoneOf = (page: Page, personId: string) => page.getByRole('region', { name: `Phone of ${personId}` })

  /** Lets the bot call the person, who answers on the page. */
  async function answerOn(page: Page, personId: string): Promise<string> {
    const call = await create(bot, COMMUNICATIONS, callBody(bot, personId))
    await page.getByRole('alert').getByText('is calling').waitFor()
    await phoneOf(page, personId).getByRole('button', { name: 'Answer' }).click()
    await phoneOf(page, personId).getByText('In the call').waitFor()
    return call
  }

  const find = (test: (body: { value: { resourceData: Record<string, unknown> }[] }) => boolean) => () =>
    bot.received.some(({ body }) => test(body))

  test('rings, answers, sends tones, mutes and hangs up', async () => {
    const page = await openPhone('heidi')
    await expectAccessible(page)
    const call = await answerOn(page, 'heidi')
    await bot.request('POST', `${call}/subscribeToTone`, { clientContext: 'c' })
    await page.getByText('The bot has not subscribed to tones').waitFor({ state: 'detached' })
    await page.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: '5' }).click()
    await page.getByRole('button', { name: 'Pound' }).press('#')
    const tones = () => bot.received.flatMap(({ body }) => body.value[0].resourceData.toneInfo?.tone ?? [])
    await expect.poll(tones).toEqual(['tone5', 'pound'])
    await page.getByText('Pressed: 5#').waitFor()
    await expectAccessible(page)

    await page.getByRole('button', { name: 'Mute', exact: true }).click()
    await page.getByRole('button', { name: 'Unmute', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Hang up', exact: true }).click()
    await page.getByText('No calls.').waitFor()
    await expect.poll(find(({ value: [change] }) => change?.resourceData.state === 'terminated')).toBe(true)
  })

  test('declines', async () => {
    const page = await openPhone('ivan')
    const call = await create(bot, COMMUNICATIONS, callBody(bot, 'ivan'))
    await phoneOf(page, 'ivan').getByRole('button', { name: 'Decline' }).click()
    await page.getByText('No calls.').waitFor()
    expect((await bot.request('GET', call)).status).toBe(404)
  })

  test('plays the prompts of the bot, and a beep where they cannot be fetched', async () => {
    const page = await openPhone('judy')
    const call = await answerOn(page, 'judy')
    const play = (uri: string) =>
      bot.request('POST', `${call}/playPrompt`, {
        prompts: [{ '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { uri }, loop: 3 }],
      })
    /** What the audio element plays: its length in seconds, once it plays. */
    const heard = () =>
      page
        .locator('audio')
        .evaluate((audio: HTMLAudioElement) => (audio.currentTime > 0 && !audio.paused ? audio.duration : 0))
    expect((await play(`${mediaUrl}/hello.wav`)).status).toBe(200)
    await expect.poll(heard).toBeCloseTo(PROMPT_MS / 1000, 1)
    await saveScreenshot(page, 'phone')
    await bot.request('POST', `${call}/cancelMediaProcessing`, {})
    await page.locator('audio').waitFor({ state: 'hidden' })

    expect((await play(`${mediaUrl}/missing.wav`)).status).toBe(200)
    await page.getByText(/beep/i).waitFor()
    await bot.request('DELETE', call)
  })

  test('speaks into a recording, and the bot gets what was said', async () => {
    const page = await openPhone('kim')
    const call = await answerOn(page, 'kim')
    const reply = await bot.request('POST', `${call}/recordResponse`, {
      bargeInAllowed: true,
      playBeep: false,
      initialSilenceTimeoutInSeconds: 30,
      // The stop tone ends it: on a busy machine the pieces of speech arrive with pauses.
      maxSilenceTimeoutInSeconds: 30,
      maxRecordDurationInSeconds: 60,
      stopTones: ['#'],
      clientContext: 'c',
    })
    expect(reply.status).toBe(200)
    await page.getByRole('button', { name: 'Speak' }).click()
    // Longer than one piece of speech.
    await page.waitForTimeout(3_500)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Stop speaking' }).click()
    await page.getByText('Sent what you said.').waitFor()
    await page.getByRole('group', { name: 'Keypad' }).getByRole('button', { name: 'Pound' }).click()

    const findRecording = () =>
      bot.received.map(({ body }) => body.value[0].resourceData).find((data) => data.recordingLocation !== undefined)
    await expect.poll(findRecording).toBeDefined()
    const { recordingLocation, recordingAccessToken } = findRecording() ?? {}
    const response = await fetch(recordingLocation, { headers: { Authorization: `Bearer ${recordingAccessToken}` } })
    const wav = Buffer.from(await response.arrayBuffer())
    expect(wav.toString('latin1', 0, 4)).toBe('RIFF')
    const samples = wav.subarray(WAV_HEADER_BYTES)
    const seconds = samples.length / 32_000
    expect(seconds).toBeGreaterThan(2)
    let loudest = 0
    for (let at = 0; at < samples.length; at += 2) loudest = Math.max(loudest, Math.abs(samples.readInt16LE(at)))
    // The fake microphone beeps. Silence would be 0.
    expect(loudest).toBeGreaterThan(1_000)
    await bot.request('DELETE', call)
  })

  test('two tabs are two people in one call', async () => {
    const [lena, mike] = [await openPhone('lena'), await openPhone('mike')]
    await lena.getByLabel('Id', { exact: true }).fill('lena')
    await lena.getByRole('button', { name: 'Call', exact: true }).click()
    await phoneOf(lena, 'lena').getByText('Calling Test BOT').waitFor()
    const findCaller = ({ body }: Received) => body.value[0].resourceData.source?.identity.user.id === 'lena'
    await expect.poll(() => bot.received.some(findCaller)).toBe(true)
    const call = `/v1.0/communications/calls/${bot.received.find(findCaller)?.body.value[0].resourceData.id}`
    await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: bot.callbackUri })
    await phoneOf(lena, 'lena').getByText('In the call').waitFor()
    await bot.request('POST', `${call}/participants/invite`, {
      participants: [{ identity: { user: { id: 'mike', displayName: 'Mike' } } }],
    })
    await phoneOf(mike, 'mike').getByRole('button', { name: 'Answer' }).click()
    await mike.getByText('Also here:').waitFor()
    await lena.getByText('Also here: Mike').waitFor()
    await phoneOf(lena, 'lena').getByRole('button', { name: 'Hang up' }).click()
    await lena.getByText('No calls.').waitFor()
    await mike.getByText('Also here:').waitFor({ state: 'detached' })
    await mike.goto(`${service.baseUrl}/inspector?call=${call.split('/').at(-1)}`)
    await expectRow(mike, /hangs up|leaves/)
    await bot.request('DELETE', call)
  })
})
