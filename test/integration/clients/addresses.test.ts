import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { expect, test } from 'vitest'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  establishMeeting,
  expectError,
  newBot,
  placeCall,
} from '../../support/scenarios.js'
import { user } from '../../support/testBot.js'

// The paths that public bots and Microsoft's libraries use. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls
/** The path of the actions that registerCallAction registers. */
const CALL_PATH = 'calls/{callId}'

test('7. the service accepts the qualified name of every action, in any case', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${CALLS}/${await placeCall(bot)}`
  expect((await bot.request('POST', `${call}/microsoft.graph.answer`, ANSWER)).status).toBe(202)
  const host = await newBot()
  const invite = `${await establishMeeting(host, COMMUNICATIONS)}/participants/microsoft.graph.invite`
  expect((await host.request('POST', invite, { participants: [{ identity: user() }] })).status).toBe(200)

  const actions = await readActionPaths()
  const expected = ['answer', 'mute', 'participants/invite'].map((path) => `v1.0/communications/${CALL_PATH}/${path}`)
  expect(actions).toEqual(expect.arrayContaining(expected))
  for (const action of actions) {
    const path = `/${action.replaceAll(/\{\w+\}/g, () => randomUUID())}`
    const name = action.split('/').at(-1) ?? ''
    const spellings = [name, name.toLowerCase(), `microsoft.graph.${name}`, `Microsoft.Graph.${name.toUpperCase()}`]
    for (const spelling of spellings) {
      // The endpoint was found: it refuses the body or the call, not the path.
      const { status, body } = await bot.request('POST', path.replace(/[^/]+$/, spelling), {})
      expect([400, 404], spelling).toContain(status)
      expect(['invalidRequest', '8522'], spelling).toContain(body.error.code)
    }
  }
})

test('29. the service accepts both versions in the base URL, a slash at its end, and doubled slashes', async () => {
  const bases = ['/v1.0', '/v1.0/', '/beta', '/beta/', '/V1.0//']
  for (const base of bases) {
    const bot = await newBot({ registered: 'communications' })
    const created = await bot.request('POST', `${base}/communications/calls`, callBody(bot))
    expect(created.status, base).toBe(201)
    const call = `${base}/communications/calls/${created.body.id}`
    expect((await bot.request('GET', call)).body, base).toMatchObject({ id: created.body.id })
    await bot.waitFor(3)
    expect((await bot.request('DELETE', `${call}/`)).status, base).toBe(204)

    const incoming = await placeCall(bot)
    const answer = `${base}/communications/calls/${incoming}/microsoft.graph.answer`
    expect((await bot.request('POST', answer, ANSWER)).status, base).toBe(202)
  }
})

test('43. the service creates and finds meetings, and reads calendars, under the paths that bots use', async () => {
  const bot = await newBot()
  const userId = randomUUID()
  const times = { startDateTime: '2026-01-31T09:30:00Z', endDateTime: '2026-01-31T10:00:00Z' }
  const created = await bot.request('POST', `/v1.0/users/${userId}/onlineMeetings`, {
    ...times,
    subject: 'Bot meeting',
  })
  expect(created.status).toBe(201)
  const { joinWebUrl, chatInfo } = created.body
  const createdAsMe = await bot.request('POST', '/v1.0/me/onlineMeetings', times)
  expect(createdAsMe).toMatchObject({ status: 201, body: { joinWebUrl: expect.stringMatching(/^https:\/\/teams\./) } })

  const filters = [
    `?$filter=${encodeURIComponent(`JoinWebUrl eq '${joinWebUrl}'`)}`,
    `?$filter=JoinWebUrl%20eq%20'${encodeURIComponent(joinWebUrl)}'`,
    `?$filter=joinWebUrl eq '${joinWebUrl}'`,
  ]
  for (const filter of filters) {
    const found = await bot.request('GET', `/v1.0/users/${userId}/onlineMeetings${filter}`)
    expect(found).toMatchObject({
      status: 200,
      body: {
        value: [{ joinWebUrl, chatInfo, participants: { organizer: { identity: { user: { id: userId } } } } }],
      },
    })
  }
  const byNumber = await bot.request('GET', '/v1.0/communications/onlineMeetings/113018279')
  expect(byNumber).toMatchObject({ status: 200, body: { videoTeleconferenceId: '113018279', chatInfo: {} } })
  const events = await bot.request(
    'GET',
    `/v1.0/users/${userId}/calendar/events?$filter=start/dateTime ge '2026-01-31'`,
  )
  expect(events).toMatchObject({ status: 200, body: { value: [] } })

  // A bot joins the meeting with the chat and the organizer that it found.
  const [meeting] = (await bot.request('GET', `/v1.0/users/${userId}/onlineMeetings${filters[0]}`)).body.value
  const joined = await bot.request('POST', CALLS, {
    callbackUri: bot.callbackUri,
    chatInfo: meeting.chatInfo,
    meetingInfo: {
      '@odata.type': '#microsoft.graph.organizerMeetingInfo',
      organizer: meeting.participants.organizer.identity,
    },
  })
  expect(joined.status).toBe(201)
})

test('47. the service refuses an unknown action with a JSON error', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)

  for (const body of [undefined, {}]) {
    expectError(await bot.request('POST', `${call}/hangup`, body), {
      status: 404,
      code: 'itemNotFound',
      says: 'hangup',
    })
  }
})

/** Returns the path template of every action, such as `v1.0/communications/calls/{callId}/answer`. */
async function readActionPaths(): Promise<string[]> {
  const found: string[] = []
  for await (const file of glob('functions/**/*.ts')) {
    const text = readFileSync(file, 'utf8')
    const [, action] = /\baction: '([^']+)'/.exec(text) ?? []
    const [, path = CALL_PATH] = /\bpath: '([^']+)'/.exec(text) ?? []
    // updateMetadata exists only below the paths of 2019.
    const start = text.includes("area: 'calls2019'") ? 'beta/app' : 'v1.0/communications'
    if (action !== undefined) found.push(`${start}/${path}/${action}`)
  }
  return found
}
