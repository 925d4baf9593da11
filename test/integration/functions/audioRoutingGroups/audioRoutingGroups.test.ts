import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import {
  COMMUNICATIONS,
  type Dialect,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  newBot,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import { fetchToken, send, type TestBot } from '../../../support/testBot.js'

/** A meeting with the bot and three people, and the ids of all in the roster, in the spelling of the dialect. */
async function joinWithPeople(dialect: Dialect) {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const [ann, bob, cleo] = newPersonIds(3) as [string, string, string]
  for (const id of [ann, bob, cleo]) await join(bot, call, id)
  const { myParticipantId } = (await bot.request('GET', call)).body
  const roster: { id: string; info: { identity: { user?: { id: string } } } }[] = (
    await bot.request('GET', `${call}/participants`)
  ).body.value
  const idOf = (person: string) => roster.find(({ info }) => info.identity.user?.id === person)?.id ?? ''
  return {
    bot,
    call,
    people: { ann, bob, cleo },
    me: myParticipantId,
    ann: idOf(ann),
    bob: idOf(bob),
    cleo: idOf(cleo),
  }
}

const join = (bot: TestBot, call: string, id: string) =>
  bot.request('POST', `/simulator/calls/${call.split('/').at(-1)}/participants`, { identity: { user: { id } } })

/** What both dialects send of a group besides the properties of the request. */
function annotationsOf({ dialect, calls }: Dialect, call: string, id: string, version: number) {
  const path = `${call.replace(calls, dialect === 'app' ? '/app/calls' : '/communications/calls')}/audioRoutingGroups`
  return {
    '@odata.type': '#microsoft.graph.audioRoutingGroup',
    '@odata.id': `${path}/${encodeURIComponent(id)}`,
    ...(dialect === 'app' && { '@odata.etag': `W/"${version}"` }),
  }
}

/** The `@odata.context` of a reply, which only the current API has. */
const contextOf = ({ dialect }: Dialect, call: string, tail: string) =>
  dialect === 'app'
    ? {}
    : {
        '@odata.context':
          `${inject('baseUrl')}/v1.0/$metadata#communications/calls('${call.split('/').at(-1)}')/` +
          `audioRoutingGroups${tail}`,
      }

test.each(dialects)('$dialect: a group is created, listed, read, changed and deleted', async (dialect) => {
  const { bot, call, me, ann, bob } = await joinWithPeople(dialect)
  const path = `${call}/audioRoutingGroups`
  const given = { id: 'oneToOne', routingMode: 'oneToOne', sources: [me], receivers: [ann] }
  const group = (version: number) => annotationsOf(dialect, call, 'oneToOne', version)

  const created = await bot.request('POST', path, given)
  expect(created.status).toBe(200)
  expect(created.headers.get('location')).toBeNull()
  expect(created.body).toEqual({ ...contextOf(dialect, call, '/$entity'), ...group(1), ...given })

  const read = await bot.request('GET', `${path}/oneToOne`)
  expect(read).toMatchObject({ status: 200, body: created.body })
  const listed = await bot.request('GET', path)
  expect(listed.status).toBe(200)
  expect(listed.body).toEqual({ ...contextOf(dialect, call, ''), value: [{ ...group(1), ...given }] })

  const changes = { routingMode: 'Multicast', receivers: [ann, bob] }
  const changed = await bot.request('PATCH', `${path}/oneToOne`, changes)
  expect(changed.status).toBe(200)
  expect(changed.body).toEqual({
    ...contextOf(dialect, call, '/$entity'),
    ...group(2),
    ...given,
    routingMode: 'multicast',
    receivers: [ann, bob],
  })
  expect((await bot.request('GET', `${path}/oneToOne`)).body).toEqual(changed.body)

  expect(await bot.request('DELETE', `${path}/oneToOne`)).toMatchObject({ status: 204, text: '' })
  for (const method of ['GET', 'DELETE']) {
    expectError(await bot.request(method, `${path}/oneToOne`), NOT_FOUND)
  }
  expectError(await bot.request('PATCH', `${path}/oneToOne`, changes), NOT_FOUND)
  expect((await bot.request('GET', path)).body.value).toEqual([])
  await bot.waitFor(6)
  // Three notifications of the meeting, and one for each person who joined: groups have none.
  expect(bot.flow()).toHaveLength(6)
})

const NOT_FOUND = { status: 404, code: 'itemNotFound', says: 'Audio routing group not found.' }

test.each(dialects)('$dialect: ids of participants are accepted in every spelling', async (dialect) => {
  const { bot, call, me, ann, bob } = await joinWithPeople(dialect)
  const undashed = (id: string) => id.replaceAll('-', '').toLowerCase()
  const body = { routingMode: 'multicast', sources: [undashed(me)], receivers: [undashed(ann), bob.toUpperCase()] }
  const { body: group } = await bot.request('POST', `${call}/audioRoutingGroups`, body)

  expect(group).toMatchObject({ sources: [me], receivers: [ann, bob] })
  // The service gives a GUID to a group without an id, which is spelled as every id is.
  expect(group.id).toMatch(dialect.id)
  for (const id of [group.id, group.id.toUpperCase(), undashed(group.id)]) {
    expect((await bot.request('GET', `${call}/audioRoutingGroups/${id}`)).body.id).toBe(group.id)
  }
})

test.each(['a group/of 100%', 'Ü ✓', "'", '{id}', '$count', '...', '__proto__'])(
  'a group is found by the percent-encoded id %s',
  async (id) => {
    const { bot, call, me, ann } = await joinWithPeople(COMMUNICATIONS)
    const body = { id, routingMode: 'oneToOne', sources: [me], receivers: [ann] }
    const created = await bot.request('POST', `${call}/audioRoutingGroups`, body)
    const path = `${call}/audioRoutingGroups/${encodeURIComponent(id)}`

    expect(created).toMatchObject({ status: 200, body: { id } })
    expect((await bot.request('GET', `/v1.0${created.body['@odata.id']}`)).body.id).toBe(id)
    expect((await bot.request('PATCH', path, { receivers: [ann] })).status).toBe(200)
    expect((await bot.request('DELETE', path)).status).toBe(204)
  },
)

test.each(dialects)('$dialect: participants who leave disappear from the groups', async (dialect) => {
  const { bot, call, people, me, ann, bob, cleo } = await joinWithPeople(dialect)
  const path = `${call}/audioRoutingGroups`
  const add = (id: string, routingMode: string, sources: string[], receivers: string[]) =>
    bot.request('POST', path, { id, routingMode, sources, receivers })
  await add('to ann', 'oneToOne', [me], [ann])
  await add('from ann', 'multicast', [ann], [bob, cleo])
  await add('to all', 'multicast', [me], [ann, bob, cleo])
  await bot.request('POST', `/simulator/people/${people.ann}/leave`)

  expect((await bot.request('GET', path)).body.value).toMatchObject([{ id: 'to all', receivers: [bob, cleo] }])
  await bot.request('POST', `/simulator/people/${people.bob}/leave`)
  await bot.request('POST', `/simulator/people/${people.cleo}/leave`)
  expect((await bot.request('GET', path)).body.value).toEqual([])
})

test('a repeated POST, PATCH or DELETE gets the same reply', async () => {
  const { bot, call, me, ann, bob } = await joinWithPeople(COMMUNICATIONS)
  const path = `${call}/audioRoutingGroups`
  const sendTwice = async (method: string, address: string, body?: object, id = newRequestId()) => {
    const first = await bot.request(method, address, body, id)
    return [first, await bot.request(method, address, body, { ...id, 'retry-attempt': '1' })] as const
  }
  const given = { routingMode: 'multicast', sources: [me], receivers: [ann] }
  const creation = newRequestId()
  const [created, again] = await sendTwice('POST', path, given, creation)
  expect(created.status).toBe(200)
  expect(again).toMatchObject({ status: 200, body: created.body })
  expect((await bot.request('GET', path)).body.value).toHaveLength(1)

  const [changed, changedAgain] = await sendTwice('PATCH', `${path}/${created.body.id}`, { receivers: [bob] })
  expect(changed.status).toBe(200)
  expect(changedAgain).toMatchObject({ status: 200, body: changed.body })
  const late = await bot.request('POST', path, given, { ...creation, 'retry-attempt': '2' })
  expect(late).toMatchObject({ status: 200, body: created.body })
  const deletions = await sendTwice('DELETE', `${path}/${created.body.id}`)
  expect(deletions.map(({ status }) => status)).toEqual([204, 204])
})

const newRequestId = () => ({ 'client-request-id': randomUUID() })

const unknown = randomUUID()
type Ids = { me: string; ann: string; bob: string }
const bad: [title: string, body: (ids: Ids) => unknown, says: string][] = [
  ['no body', () => undefined, 'The request body: is required.'],
  ['no routingMode', ({ me, ann }) => ({ sources: [me], receivers: [ann] }), 'routingMode: is required.'],
  ['no sources', ({ ann }) => ({ routingMode: 'oneToOne', receivers: [ann] }), 'sources: is required.'],
  ['no receivers', ({ me }) => ({ routingMode: 'oneToOne', sources: [me] }), 'receivers: is required.'],
  [
    'an unknown routingMode',
    ({ me, ann }) => ({ routingMode: 'broadcast', sources: [me], receivers: [ann] }),
    'routingMode: must be one of oneToOne, multicast.',
  ],
  [
    'a source that is no id',
    ({ ann }) => ({ routingMode: 'oneToOne', sources: ['me'], receivers: [ann] }),
    'sources[0]: is not a GUID.',
  ],
  [
    'a source who is not in the call',
    ({ ann }) => ({ routingMode: 'oneToOne', sources: [unknown], receivers: [ann] }),
    `sources[0]: ${unknown} is not the id of a participant of this call.`,
  ],
  [
    'a receiver who is not in the call',
    ({ me, ann }) => ({ routingMode: 'multicast', sources: [me], receivers: [ann, unknown] }),
    `receivers[1]: ${unknown} is not the id of a participant of this call.`,
  ],
  [
    'the same receiver twice',
    ({ me, ann }) => ({ routingMode: 'multicast', sources: [me], receivers: [ann, ann.toUpperCase()] }),
    'is in this list twice',
  ],
  [
    'a source that receives',
    ({ me, ann }) => ({ routingMode: 'multicast', sources: [me], receivers: [ann, me] }),
    'is also a source',
  ],
  [
    'no source in the list',
    ({ ann }) => ({ routingMode: 'multicast', sources: [], receivers: [ann] }),
    'sources: must have exactly one item, not 0.',
  ],
  [
    'two sources',
    ({ me, ann, bob }) => ({ routingMode: 'multicast', sources: [me, ann], receivers: [bob] }),
    'sources: must have exactly one item, not 2.',
  ],
  [
    'two receivers of oneToOne',
    ({ me, ann, bob }) => ({ routingMode: 'oneToOne', sources: [me], receivers: [ann, bob] }),
    'receivers: must have exactly one item in a oneToOne group, not 2.',
  ],
  [
    'no receiver of multicast',
    ({ me }) => ({ routingMode: 'multicast', sources: [me], receivers: [] }),
    'receivers: must have at least one item.',
  ],
  [
    'an empty id',
    ({ me, ann }) => ({ id: '', routingMode: 'oneToOne', sources: [me], receivers: [ann] }),
    'id: must have at least 1 character.',
  ],
  [
    'an id that is too long',
    ({ me, ann }) => ({ id: 'x'.repeat(257), routingMode: 'oneToOne', sources: [me], receivers: [ann] }),
    'id: must have at most 256 characters.',
  ],
  [
    'an id that no path can contain',
    ({ me, ann }) => ({ id: '..', routingMode: 'oneToOne', sources: [me], receivers: [ann] }),
    'id: must not be . or .., which no path can contain.',
  ],
]

test('a wrong group is refused and changes nothing', async () => {
  const { bot, call, ...ids } = await joinWithPeople(COMMUNICATIONS)
  const path = `${call}/audioRoutingGroups`
  for (const [title, makeBody, says] of bad) {
    const reply = await bot.request('POST', path, makeBody(ids))
    expect(reply, title).toMatchObject({ status: 400, body: { error: { code: 'invalidRequest' } } })
    expect(reply.body.error.message, title).toContain(says)
  }
  expect((await bot.request('GET', path)).body.value).toEqual([])
})

test('a change is refused if the whole group would be wrong, and changes nothing', async () => {
  const { bot, call, me, ann, bob } = await joinWithPeople(COMMUNICATIONS)
  const path = `${call}/audioRoutingGroups/mine`
  const given = { id: 'mine', routingMode: 'multicast', sources: [me], receivers: [ann, bob] }
  const { body: created } = await bot.request('POST', `${call}/audioRoutingGroups`, given)
  const changes: [body: unknown, says: string][] = [
    [undefined, 'The request body: is required.'],
    [{ routingMode: 'oneToOne' }, 'receivers: must have exactly one item in a oneToOne group, not 2.'],
    [{ sources: [ann] }, 'receivers[0]: '],
    [{ receivers: [randomUUID()] }, 'receivers[0]: '],
    [{ sources: [] }, 'sources: must have exactly one item, not 0.'],
    [{ id: 'yours' }, 'id: cannot be changed'],
  ]
  for (const [body, says] of changes) {
    expectError(await bot.request('PATCH', path, body), { status: 400, code: 'invalidRequest', says })
  }
  expect((await bot.request('GET', path)).body).toEqual(created)
  // Clients repeat properties that have not changed.
  expect((await bot.request('PATCH', path, { ...given, id: 'MINE', receivers: null })).body.receivers).toEqual([
    ann,
    bob,
  ])
})

test('an id that exists already is refused', async () => {
  const { bot, call, me, ann } = await joinWithPeople(COMMUNICATIONS)
  const body = { id: 'mine', routingMode: 'oneToOne', sources: [me], receivers: [ann] }
  await bot.request('POST', `${call}/audioRoutingGroups`, body)
  expectError(await bot.request('POST', `${call}/audioRoutingGroups`, { ...body, id: 'Mine' }), {
    status: 409,
    code: 'notAllowed',
    says: 'id: the call has an audio routing group Mine already.',
  })
})

test.each(dialects)('$dialect: groups need an established group call', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const [source, receiver] = [randomUUID(), randomUUID()]
  const body = { routingMode: 'oneToOne', sources: [source], receivers: [receiver] }
  const incoming = `${dialect.calls}/${await placeCall(bot)}/audioRoutingGroups`
  expect((await bot.request('GET', incoming)).body.value).toEqual([])
  expectError(await bot.request('POST', incoming, body), { status: 409, code: 'notAllowed', says: 'established' })

  const other = await newBot()
  const peerToPeer = `${await establishCall(other, dialect)}/audioRoutingGroups`
  expectError(await other.request('POST', peerToPeer, body), {
    status: 409,
    code: 'notAllowed',
    says: 'createAudioRoutingGroup needs a group call or a meeting.',
  })
  for (const [method, tail] of [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/x'],
    ['PATCH', '/x'],
    ['DELETE', '/x'],
  ] as const) {
    const path = `${dialect.calls}/${randomUUID()}/audioRoutingGroups${tail}`
    const sent = method === 'GET' || method === 'DELETE' ? undefined : body
    expectError(await bot.request(method, path, sent), { status: 404, code: '8522' })
  }
})

test('groups need a permission for group calls', async () => {
  const { bot, call, me, ann } = await joinWithPeople(COMMUNICATIONS)
  const tokenFor = (roles: string) => fetchToken(inject('baseUrl'), { ...bot, roles })
  const path = `${call}/audioRoutingGroups`
  for (const roles of ['Calls.JoinGroupCall.All', 'Calls.InitiateGroupCalls.All']) {
    expect((await send(inject('baseUrl'), 'GET', path, { token: await tokenFor(roles) })).status).toBe(200)
  }
  const token = await tokenFor('Calls.Initiate.All Calls.JoinGroupCallAsGuest.All')
  for (const [method, tail] of [
    ['GET', ''],
    ['POST', ''],
    ['GET', '/x'],
    ['PATCH', '/x'],
    ['DELETE', '/x'],
  ] as const) {
    const body = { routingMode: 'oneToOne', sources: [me], receivers: [ann] }
    const sent = method === 'POST' || method === 'PATCH' ? { body } : {}
    const reply = await send(inject('baseUrl'), method, `${path}${tail}`, { token, ...sent })
    expectError(reply, { status: 403, code: '7504', says: 'Calls.JoinGroupCall.All or Calls.InitiateGroupCall.All' })
  }
})

test('a call has at most 50 groups', async () => {
  const { bot, call, me, ann } = await joinWithPeople(COMMUNICATIONS)
  const body = { routingMode: 'oneToOne', sources: [me], receivers: [ann] }
  const add = () => bot.request('POST', `${call}/audioRoutingGroups`, body)
  for (let count = 0; count < 50; count++) expect((await add()).status).toBe(200)
  expectError(await add(), { status: 409, code: 'notAllowed', says: 'The call has 50 audio routing groups' })
})
