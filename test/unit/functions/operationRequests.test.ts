import { randomUUID } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import type { Caller } from '../../../shared/auth/accessTokens.js'
import { ALL_PERMISSIONS } from '../../../shared/auth/permissions.js'
import { playOf, resolvePath } from '../../integration/conformance/plays.js'
import { type DocumentedOperation, documentedOperations } from '../../support/documentedOperations.js'
import { registerFunctions, requestInProcess } from '../../support/inProcess.js'
import { APP2019, COMMUNICATIONS, type Dialect } from '../../support/scenarios.js'
import { createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'
import type { Received, TestBot, TestReply } from '../../support/testBot.js'

// The storage requests of every documented operation: they determine latency and cost, so none may be added by
// accident. test/unit/engine/storageRequests.test.ts names the requests of some commands and deliveries.

/**
 * The requests to tables + the queue messages of each operation before its reply, those that follow until everything is
 * delivered, and its notifications. The call has had a command in the last seconds; a command on a quiet call also
 * writes a watchdog entry. Where the dialects differ, the 2019 API comes first.
 */
const EXPECTED = `
operation                                                        before the reply  afterwards  notifications
POST calls                                                                  5 + 3   14/15 + 1            2/3
GET calls/{callId}                                                          1 + 0       0 + 0              0
DELETE calls/{callId}                                                       2 + 1       6 + 0              2
POST calls/{callId}/keepAlive                                               2 + 0       0 + 0              0
POST calls/{callId}/answer                                                  2 + 1     6/7 + 0            2/3
POST calls/{callId}/reject                                                  2 + 1     6/5 + 0            2/1
POST calls/{callId}/redirect                                              3 + 3/2    15/8 + 1            3/1
POST calls/{callId}/transfer                                                3 + 3   16/15 + 1            4/3
POST calls/{callId}/mute                                                    2 + 1       5 + 0              1
POST calls/{callId}/unmute                                                  2 + 1       5 + 0              1
POST calls/{callId}/changeScreenSharingRole                                 2 + 1       5 + 0              1
POST calls/{callId}/updateMetadata                                          2 + 1       5 + 0              1
POST calls/{callId}/updateRecordingStatus                                   2 + 1       5 + 0              1
POST calls/{callId}/playPrompt                                              2 + 1       8 + 1              1
POST calls/{callId}/recordResponse                                          2 + 1       8 + 1              1
POST calls/{callId}/record                                                  2 + 1       8 + 1              1
POST calls/{callId}/subscribeToTone                                         2 + 0       8 + 1              1
POST calls/{callId}/sendDtmfTones                                           2 + 1       8 + 1              1
POST calls/{callId}/cancelMediaProcessing                                   2 + 1       5 + 0              1
POST calls/{callId}/addLargeGalleryView                                     2 + 1       7 + 1              1
GET calls/{callId}/operations/{operationId}                                 2 + 0       0 + 0              0
POST calls/logTeleconferenceDeviceQuality                                   0 + 0       0 + 0              0
GET calls/{callId}/participants                                             1 + 0       0 + 0              0
GET calls/{callId}/participants/{participantId}                             1 + 0       0 + 0              0
POST calls/{callId}/participants/invite                                     3 + 2       9 + 1              2
DELETE calls/{callId}/participants/{participantId}                          2 + 1       5 + 0              1
POST calls/{callId}/participants/{participantId}/mute                       2 + 1       5 + 0              1
POST calls/{callId}/participants/muteAll                                    2 + 1       5 + 0              1
POST calls/{callId}/participants/mute                                       2 + 1       5 + 0              1
POST calls/{callId}/participants/configureMixer                             2 + 1       7 + 1              1
POST calls/{callId}/participants/{participantId}/startHoldMusic             2 + 1       7 + 1              1
POST calls/{callId}/participants/{participantId}/stopHoldMusic              2 + 0       0 + 0              0
POST calls/{callId}/audioRoutingGroups                                      2 + 0       0 + 0              0
GET calls/{callId}/audioRoutingGroups                                       1 + 0       0 + 0              0
GET calls/{callId}/audioRoutingGroups/{groupId}                             1 + 0       0 + 0              0
PATCH calls/{callId}/audioRoutingGroups/{groupId}                           2 + 0       0 + 0              0
DELETE calls/{callId}/audioRoutingGroups/{groupId}                          2 + 0       0 + 0              0
GET calls/{callId}/contentSharingSessions                                   1 + 0       0 + 0              0
GET calls/{callId}/contentSharingSessions/{sessionId}                       1 + 0       0 + 0              0
`

const CALLBACK = 'https://bot.example/calls'
/** Long enough for the timers and deliveries after a request, and too short for a sweep, which would add requests. */
const SETTLE_MS = 5_000
const STEP_MS = 500
const MAX_STEPS = 60

let fixture: ServiceFixture
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => fixture.service,
}))
await registerFunctions()

test('each documented operation takes as many table requests and messages as the table says', async () => {
  const rows: string[][] = []
  for (const documented of documentedOperations) {
    const [older, current] = [await countAll(documented, APP2019), await countAll(documented, COMMUNICATIONS)]
    const [tables, messages, laterTables, laterMessages, notifications] = older.map((count, index) =>
      count === current[index] ? `${count}` : `${count}/${current[index]}`,
    )
    const name = `${documented.method} calls${documented.path}`
    rows.push([name, `${tables} + ${messages}`, `${laterTables} + ${laterMessages}`, `${notifications}`])
  }
  expect(rows).toHaveLength(39)
  const titles = ['operation', 'before the reply', 'afterwards', 'notifications']
  expect(renderTable([titles, ...rows])).toBe(EXPECTED)
})

/** Tries an operation in a new service, and returns the counts of its row. */
async function countAll(documented: DocumentedOperation, dialect: Dialect): Promise<readonly number[]> {
  const bot = startBotInMemory()
  const play = playOf(documented)
  const scene = await play.arrange(bot, dialect)
  await fixture.run(SETTLE_MS)
  const before = bot.received.length
  let reply: TestReply | undefined
  const own = await countRequests(async () => {
    reply = await bot.request(documented.method, resolvePath(documented, scene), play.body?.(scene))
  })
  expect(reply?.status, reply?.text).toBe(documented.status[dialect.dialect])
  const following = await countRequests(async () => {
    await play.afterwards?.(scene)
    await fixture.run(SETTLE_MS)
  })
  const notifications = bot.received.length - before
  expect(notifications).toBe(documented.notifications[dialect.dialect].length)
  return [...own, ...following, notifications]
}

/** Returns how many requests to tables and how many queue messages an action sends. */
async function countRequests(act: () => Promise<unknown>): Promise<readonly [tables: number, messages: number]> {
  let [tables, messages] = [0, 0]
  fixture.tables.before = () => void tables++
  fixture.queues.before = () => void messages++
  await act()
  fixture.tables.before = () => undefined
  fixture.queues.before = () => undefined
  return [tables, messages]
}

/** Starts a service in memory and a bot of it. Time passes only while the bot waits for notifications. */
function startBotInMemory(): TestBot {
  fixture = createServiceFixture({ SIMULATOR_DEFAULT: 'answer' })
  const received: Received[] = []
  fixture.callback = ({ body }) => {
    received.push({ headers: {}, body: JSON.parse(body), text: body, at: fixture.clock.now() })
    return { status: 202 }
  }
  const [applicationId, tenantId] = [randomUUID(), randomUUID()]
  const roles = new Set(ALL_PERMISSIONS.flat().map((name) => name.toLowerCase()))
  const caller: Caller = { applicationId, tenantId, isForAnyTenant: false, roles }
  // The paths of the API accept only GUIDs, and the keys of the fixture sign nothing.
  Object.assign(fixture.service, { newId: randomUUID, accessTokens: { verify: async () => caller } })
  const bot: TestBot = {
    applicationId,
    tenantId,
    token: '',
    callbackUri: CALLBACK,
    received,
    onNotification: () => undefined,
    async waitFor(count) {
      for (let step = 0; received.length < count && step < MAX_STEPS; step++) await fixture.run(STEP_MS)
      expect(received.length).toBeGreaterThanOrEqual(count)
      return received
    },
    flow: () => [],
    async request(method, path, body) {
      const { status, body: text } = await requestInProcess('', {
        method,
        path,
        headers: { 'user-agent': 'test' },
        ...(body !== undefined && { body: Buffer.from(JSON.stringify(body)) }),
      })
      return { status, headers: new Headers(), text, body: text ? JSON.parse(text) : undefined }
    },
    register: (dialect) =>
      bot.request('PUT', `/bots/${applicationId}`, {
        displayName: 'Test BOT',
        tenantId,
        callingWebhook: CALLBACK,
        dialect,
      }),
    close: async () => undefined,
  }
  return bot
}

/** Aligns the columns, the numbers to the right. */
function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  )
  return `\n${lines.map((cells) => cells.join('  ')).join('\n')}\n`
}
