import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

// The inspector in a real browser.

/** Where systems install Chromium or Chrome. CHROMIUM names another place. */
const PLACES = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const executablePath = PLACES.find((place) => existsSync(place))

/** Whether the machine has a browser. Without one the tests of the page are skipped, and a line says so. */
export const hasBrowser = executablePath !== undefined
if (!hasBrowser) console.log('Skipped: no Chromium was found. Install it, or set CHROMIUM to its path.')

/** The page shows a change after half a second. */
const TIMEOUT_MS = 45_000

const ARGUMENTS = [
  // The tests may run as root in a container, where the sandbox does not work.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page that is in the background must poll like one in front: two tabs are two people.
  '--disable-renderer-backgrounding',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
]

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ args: ARGUMENTS, ...(executablePath !== undefined && { executablePath }) })

export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** A page of the inspector in a window of its own. */
export interface OpenPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Fails when the page has reported an error, for example that its content security policy refused something. */
  expectNoErrors(): void
}

export async function openInspector(
  browser: Browser,
  baseUrl: string,
  query = '',
  { width = 1280, height = 800, colorScheme = 'light' }: OpenOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    permissions: ['microphone', 'clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => void errors.push(error.message))
  page.on('console', (message) => {
    // A 404 or a 409 of the API is a line in the console of the browser too, and the page shows it in words.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.goto(`${baseUrl}/inspector${query}`)
  return { page, context, expectNoErrors: () => expect(errors).toEqual([]) }
}

/** Fails when axe-core finds a violation of the rules for accessible pages. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
  expect(found).toEqual([])
}

/** Writes a screenshot for the documents, if WRITE_SCREENSHOTS is set. */
export async function saveScreenshot(page: Page, name: string): Promise<void> {
  if (process.env.WRITE_SCREENSHOTS) await page.screenshot({ path: `docs/inspector/${name}.png` })
}

/** The messages of the call that is shown, a line each. */
export async function readRows(page: Page): Promise<string[]> {
  return page
    .getByRole('list', { name: 'Messages' })
    .getByRole('listitem')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''))
}

/** Waits until a row has a text. */
export async function expectRow(page: Page, text: string | RegExp): Promise<void> {
  await expect
    .poll(() => readRows(page))
    .toEqual(
      expect.arrayContaining([typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text)]),
    )
}
