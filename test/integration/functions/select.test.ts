import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  lastId,
  newBot,
} from '../../support/scenarios.js'

// $select leaves the named properties, the id and what begins with @ in a reply.

test.each(dialects)('$dialect: a call has only the selected properties, and its id', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const whole = (await bot.request('GET', call)).body
  const { status, body } = await bot.request('GET', `${call}?$select=state,%20Direction,state`)
  const annotations = Object.entries<string>(whole).filter(([name]) => name.startsWith('@'))
  const expected = { ...Object.fromEntries(annotations), id: lastId(call), state: 'established', direction: 'outgoing' }
  const context = '/v1.0/$metadata#communications/calls(state,direction)/$entity'

  expect(status).toBe(200)
  expect(body).toEqual(
    dialect.dialect === 'app'
      ? expected
      : { ...expected, '@odata.context': expect.stringMatching(context.replaceAll(/[$()]/g, '\\$&')) },
  )
})

test.each(dialects)('$dialect: the participants of a roster have only the selected properties', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const list = (await bot.request('GET', `${call}/participants?$select=isMuted`)).body
  const [me] = list.value
  const one = (await bot.request('GET', `${call}/participants/${me.id}?select=isMuted`)).body

  const names = Object.keys(me).filter((name) => !name.startsWith('@'))
  expect(names.toSorted()).toEqual(['id', 'isMuted'])
  expect(me).toMatchObject({ id: expect.stringMatching(dialect.id), isMuted: false })
  const { '@odata.context': _, ...resource } = one
  expect(resource).toEqual(me)
  if (dialect.dialect === 'app') return
  const path = `$metadata#communications/calls('${lastId(call)}')/participants(isMuted)`
  expect([list['@odata.context'].endsWith(path), one['@odata.context'].endsWith(`${path}/$entity`)]).toEqual([
    true,
    true,
  ])
})

test('a property without a value is null in the current API, and absent in the 2019 API', async () => {
  const bot = await newBot()
  const selected = await Promise.all(
    dialects.map(async (dialect) => {
      const created = (await bot.request('POST', dialect.calls, callBody(bot))).body
      const { body } = await bot.request('GET', `${dialect.calls}/${created.id}?$select=subject,meetingInfo`)
      return [body.subject, body.meetingInfo]
    }),
  )
  expect(selected).toEqual([
    [undefined, undefined],
    [null, null],
  ])
})

test('$select=* selects everything', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  expect((await bot.request('GET', `${call}?$select=*`)).body).toEqual((await bot.request('GET', call)).body)
})

test.each(dialects)('$dialect: a property that the type does not have is refused', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const says = (name: string, type: string) =>
    `Could not find a property named '${name}' on type 'microsoft.graph.${type}'`
  const refuse = async (path: string, text: string) =>
    expectError(await bot.request('GET', call + path), { status: 400, code: 'invalidRequest', says: text })

  await refuse('?$select=id,colour', says('colour', 'call'))
  await refuse('?$select=', says('', 'call'))
  await refuse('/participants?$select=state', says('state', 'participant'))
  await refuse(`/participants/${lastId(call)}?$select=state`, says('state', 'participant'))
})
