import { expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import { callBody, dialects, expectError, newBot } from '../../../support/scenarios.js'

// An operator lists the calls of all applications.

const CALLS = '/v1.0/communications/calls'

test('calls is for operators', async () => {
  const roles = ['Initiate', 'InitiateGroupCall', 'JoinGroupCall', 'AccessMedia'].map((role) => `Calls.${role}.All`)
  const bot = await newBot({ roles: `${roles.join(' ')} CallRecords.Read.All Deliveries.ReadWrite.All` })
  expectError(await bot.request('GET', CALLS), { status: 403, code: '7504', says: 'Inspector.Read.All' })
})

test('calls of all applications and both dialects are listed in pages, the newest first, in one shape', async () => {
  // The service that the tests share has the calls of too many applications.
  const service = await startOwnService()
  try {
    const { baseUrl } = service
    const bots = [await newBot({ baseUrl }), await newBot({ baseUrl })] as const
    const ids: string[] = []
    for (let count = 0; count < 26; count++) {
      for (const [index, bot] of bots.entries()) {
        const dialect = dialects[index] as (typeof dialects)[number]
        const { body } = await bot.request('POST', dialect.calls, callBody(bot))
        ids.unshift(String(body.callChainId))
      }
    }
    const operator = await newBot({ baseUrl, roles: 'Inspector.Read.All' })
    const first = (await operator.request('GET', `${CALLS}?$select=direction`)).body
    expect(first['@odata.context']).toMatch(/\$metadata#communications\/calls\(direction\)$/)
    const second = (await operator.request('GET', first['@odata.nextLink'].replace(baseUrl, ''))).body
    expect(second).not.toHaveProperty('@odata.nextLink')
    const listed = [...first.value, ...second.value]
    expect([first.value.length, listed.length]).toEqual([50, 52])
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(ids)
    expect(new Set(listed.flatMap(Object.keys))).toEqual(new Set(['@odata.type', '@odata.id', 'id', 'direction']))

    // A call that has ended is listed until it is removed.
    await bots[1].request('DELETE', `${CALLS}/${ids[0]}`)
    const [ended] = (await operator.request('GET', CALLS)).body.value
    expect(ended).toMatchObject({ id: ids[0], state: 'terminated', resultInfo: { code: 200, subcode: 7000 } })
  } finally {
    await service.stop()
  }
})

test.each([
  ['?$top=5', 'The query: Unrecognized key: "$top".'],
  ['?$skiptoken=x', '$skiptoken: is not valid'],
  ['?$select=x', "$select: Could not find a property named 'x'"],
])('the query %s is refused', async (query, says) => {
  const bot = await newBot()
  expectError(await bot.request('GET', CALLS + query), { status: 400, code: 'invalidRequest', says })
})
