import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { dialects, establishMeeting, expectError, newBot } from '../../../support/scenarios.js'

test.each(dialects)(
  '$dialect: a call has no audio routing groups, and an unknown call is not found',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)

    expect(await bot.request('GET', `${call}/audioRoutingGroups`)).toMatchObject({ status: 200, body: { value: [] } })
    expectError(await bot.request('GET', `${dialect.calls}/${randomUUID()}/audioRoutingGroups`), {
      status: 404,
      code: '8522',
    })
  },
)
