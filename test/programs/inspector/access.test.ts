import { randomUUID } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { INSPECT } from '../../../shared/auth/permissions.js'
import { startIssuer, type TestIssuer } from '../../support/issuer.js'
import { startOwnService } from '../../support/ownService.js'
import type { RunningService } from '../../support/serviceProcess.js'
import { expectAccessible, hasBrowser, openInspector, startBrowser } from './browser.js'

// The page of a service that is not local: it issues no tokens, and records nothing.

const AUDIENCE = 'api://ringback'

describe.skipIf(!hasBrowser)('the inspector of a service that is not local', () => {
  let browser: Browser
  let issuer: TestIssuer
  let service: RunningService

  beforeAll(async () => {
    browser = await startBrowser()
    issuer = await startIssuer(randomUUID(), AUDIENCE)
    service = await startOwnService({
      RINGBACK_LOCAL: 'false',
      INSPECTOR: 'true',
      TOKEN_ISSUERS: issuer.issuer,
      TOKEN_AUDIENCES: AUDIENCE,
    })
  })
  afterAll(async () => {
    await browser.close()
    await service.stop()
    await issuer.close()
  })

  test("asks for an operator's token, which stays out of the address", async () => {
    const { page, context, expectNoErrors } = await openInspector(browser, service.baseUrl)
    const form = page.getByRole('form', { name: 'Token' })
    await form.waitFor()
    await expectAccessible(page)
    await form.getByLabel(/Token of an operator/).fill('not a token')
    await form.getByRole('button', { name: 'Use' }).click()
    await page.getByText('The service has refused the token.').waitFor()

    const unprivileged = await issuer.sign({ appid: randomUUID(), roles: ['Calls.Initiate.All'] })
    await form.getByLabel(/Token of an operator/).fill(unprivileged)
    await form.getByRole('button', { name: 'Use' }).click()
    await page.getByText('The service has refused the token.').waitFor()

    const token = await issuer.sign({ appid: randomUUID(), roles: [INSPECT[0]] })
    await form.getByLabel(/Token of an operator/).fill(token)
    await form.getByRole('button', { name: 'Use' }).click()
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    await page.getByText('Not recorded here').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    expect(page.url()).toBe(`${service.baseUrl}/inspector`)
    expectNoErrors()
    await context.close()
  })
})
