import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  actAsPerson,
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  lastId,
  newBot,
  upperHex,
} from '../../support/scenarios.js'

// A call that has ended has a record. test/unit/engine/callRecords.test.ts has what the record says.

const RECORDS = '/v1.0/communications/callRecords'

test.each(dialects)('$dialect: a call has a record once it has ended, under its callChainId', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const { callChainId } = (await bot.request('GET', call)).body
  expectError(await bot.request('GET', `${RECORDS}/${callChainId}`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Call record not found.',
  })
  await bot.request('DELETE', call)
  const { status, body } = await bot.request('GET', `${RECORDS}/${upperHex(callChainId).toLowerCase()}`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    '@odata.context': expect.stringMatching(/\/v1\.0\/\$metadata#communications\/callRecords\/\$entity$/),
    id: callChainId,
    type: 'peerToPeer',
    modalities: ['audio'],
    organizer: { application: { id: bot.applicationId } },
  })
  expect(body).not.toHaveProperty('sessions')
})

test('a record has its sessions, their segments and its participants where they are asked for', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  await bot.request('DELETE', call)
  const path = `/beta/communications/callRecords/${lastId(call)}`
  const expand = async (query: string) => (await bot.request('GET', `${path}?${query}`)).body

  const sessions = await expand('$expand=sessions')
  expect(sessions['@odata.context']).toMatch(
    /\/beta\/\$metadata#communications\/callRecords\(sessions\(\)\)\/\$entity$/,
  )
  expect(sessions.sessions).toHaveLength(1)
  expect(sessions.sessions[0]).not.toHaveProperty('segments')
  const all = await expand('$expand=sessions($expand=segments),%20participants_v2')
  expect(all['@odata.context']).toContain('callRecords(sessions(segments()),participants_v2())/$entity')
  expect(all.sessions[0].segments).toHaveLength(1)
  expect(all.participants_v2).toMatchObject([{ identity: { application: { id: bot.applicationId } } }])
  expectError(await bot.request('GET', `${path}?$expand=segments`), {
    status: 400,
    code: 'invalidRequest',
    says: '$expand: must be sessions',
  })
})

test('the list has the records of the tenant that began in a time', async () => {
  const [bot, other] = [await newBot(), await newBot()]
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const [ended] = (await bot.request('DELETE', call)) && [lastId(call)]
  const foreign = await establishMeeting(other, COMMUNICATIONS)
  await other.request('DELETE', foreign)
  const record = (await bot.request('GET', `${RECORDS}/${ended}`)).body
  /** Follows the pages, of which most have records of other tenants only. */
  const listAll = async (filter: string) => {
    const ids: string[] = []
    let path = `${RECORDS}?$filter=${encodeURIComponent(filter)}`
    while (path) {
      const { status, body } = await bot.request('GET', path)
      expect(status).toBe(200)
      ids.push(...body.value.map(({ id }: { id: string }) => id))
      path = body['@odata.nextLink']?.replace(/^https?:\/\/[^/]+/, '') ?? ''
    }
    return ids
  }
  expect(await listAll(`startDateTime ge ${record.startDateTime}`)).toEqual([ended])
  expect(await listAll(`startDateTime gt ${record.startDateTime}`)).toEqual([])
  expectError(await bot.request('GET', `${RECORDS}?$filter=type eq 'groupCall'`), {
    status: 400,
    code: 'invalidRequest',
    says: '$filter: must compare startDateTime with a time',
  })
  expectError(await bot.request('GET', `${RECORDS}?$top=1`), { status: 400, code: 'invalidRequest', says: '"$top"' })
})

test('records need their permission', async () => {
  const bot = await newBot({ roles: 'Calls.Initiate.All Calls.AccessMedia.All' })
  for (const path of [RECORDS, `${RECORDS}/${randomUUID()}`]) {
    expectError(await bot.request('GET', path), { status: 403, code: '7504', says: 'CallRecords.Read.All' })
  }
})

test('a call that its caller ends has a record with two participants', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = lastId(await establishCall(bot, COMMUNICATIONS, personId))
  await actAsPerson(bot, personId, 'leave')
  const { body } = await bot.request('GET', `${RECORDS}/${call}?$expand=participants_v2`)
  expect(body.participants_v2.map(({ id }: { id: string }) => id)).toEqual([bot.applicationId, personId])
})
