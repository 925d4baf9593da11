import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishMeeting,
  expectBodyRefused,
  expectError,
  getNotification,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'

test.each(dialects)('$dialect: updateRecordingStatus replies with a completed operation', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const reply = await bot.request('POST', `${call}/updateRecordingStatus`, {
    clientContext: 'mine',
    status: 'Recording',
  })

  expect(reply).toMatchObject({
    status: 200,
    body: {
      '@odata.type': '#microsoft.graph.updateRecordingStatusOperation',
      id: expect.stringMatching(dialect.id),
      status: 'completed',
      clientContext: 'mine',
    },
  })
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
})

test('the roster shows the status of a recording, once for each change', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  for (const status of ['recording', 'recording', 'failed', 'failed', 'notRecording']) {
    expect((await bot.request('POST', `${call}/microsoft.graph.updateRecordingStatus`, { status })).status).toBe(200)
  }
  await bot.waitFor(6)
  const recordingInfo = (recordingStatus: string) => ({
    '@odata.type': '#microsoft.graph.recordingInfo',
    recordingStatus,
    initiator: {
      '@odata.type': '#microsoft.graph.identitySet',
      application: {
        '@odata.type': '#microsoft.graph.identity',
        id: bot.applicationId,
        tenantId: bot.tenantId,
      },
    },
  })
  const infos = [4, 5, 6].map((number) => getNotification(bot, number).resourceData[0].recordingInfo)
  expect(infos).toMatchObject(['recording', 'failed', 'notRecording'].map(recordingInfo))
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  expect(value).toMatchObject([{ recordingInfo: recordingInfo('notRecording') }])
  await bot.request('DELETE', call)
  await bot.waitFor(8)
  expect(bot.flow().slice(3)).toEqual([
    ...Array(3).fill('updated participants 1'),
    'updated call terminating',
    'deleted call terminated',
  ])
})

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no status', {}, 'status: is required.'],
  ['an unknown status', { status: 'unknown' }, 'status: must be one of notRecording, recording, failed.'],
  ['a status that is no text', { status: 1 }, 'status: must be a JSON string.'],
  ['a long clientContext', { status: 'failed', clientContext: 'x'.repeat(257) }, 'at most 256 characters.'],
]

test.each(bad)('updateRecordingStatus refuses %s', async (_, body, says) => {
  await expectBodyRefused('updateRecordingStatus', body, says)
})

test.each(dialects)('$dialect: updateRecordingStatus needs an established group call', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const body = { status: 'recording' }
  const refused = (says: string) => ({ status: 409, code: 'notAllowed', says })
  const incoming = `${dialect.calls}/${await placeCall(bot)}`
  expectError(await bot.request('POST', `${incoming}/updateRecordingStatus`, body), refused('that is established'))
  const other = await newBot()
  const call = await establishCall(other, dialect)
  expectError(await other.request('POST', `${call}/updateRecordingStatus`, body), refused('needs a group call'))
  expectError(await bot.request('POST', `${dialect.calls}/${randomUUID()}/updateRecordingStatus`, body), {
    status: 404,
    code: '8522',
  })
})
