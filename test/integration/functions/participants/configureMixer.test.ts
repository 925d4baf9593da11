import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  dialects,
  establishMeeting,
  expectError,
  getNotification,
  joinCall,
  lastId,
  newBot,
} from '../../../support/scenarios.js'

test.each(dialects)('$dialect: configureMixer replies with an operation, which completes', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const participant = await joinCall(bot, meeting, dialect)
  const source = await joinCall(bot, meeting, dialect)
  const ducking = { rampActive: 50, rampInactive: 50, lowerLevel: 10, upperLevel: 50 }
  const sourceLevels = [{ participant: source, level: 50, duckOthers: false }]
  const reply = await bot.request('POST', `${meeting}/participants/configureMixer`, {
    clientContext: 'mine',
    participantMixerLevels: [
      { participant, exclusive: true, ducking, sourceLevels },
      { participant: source, exclusiveMode: false, ducking: true },
    ],
  })
  const operation = { '@odata.type': '#microsoft.graph.commsOperation', clientContext: 'mine' }
  expect(reply).toMatchObject({
    status: 200,
    body: { ...operation, id: expect.stringMatching(dialect.id), status: 'running' },
  })
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
  await bot.waitFor(6)
  expect(getNotification(bot, 6)).toMatchObject({
    changeType: 'deleted',
    resourceData: { ...operation, id: reply.body.id, status: 'completed' },
  })
})

const unknown = randomUUID()
test.each([
  [undefined, 'The request body: is required.'],
  [{}, 'participantMixerLevels: is required.'],
  [{ participantMixerLevels: [] }, 'participantMixerLevels: must have at least 1 item.'],
  [{ participantMixerLevels: [{}] }, 'participantMixerLevels[0].participant: is required.'],
  [{ participantMixerLevels: [{ participant: 'x' }] }, 'participantMixerLevels[0].participant: is not a GUID.'],
  [{ participantMixerLevels: [{ participant: unknown }] }, `participantMixerLevels[0].participant: ${unknown}`],
  [
    { participantMixerLevels: [{ participant: '{own}', sourceLevels: [{ participant: unknown }] }] },
    `participantMixerLevels[0].sourceLevels[0].participant: ${unknown}`,
  ],
  [
    { participantMixerLevels: [{ participant: '{own}', sourceLevels: [{ participant: '{own}', level: 'high' }] }] },
    'participantMixerLevels[0].sourceLevels[0].level: must be a JSON number.',
  ],
  [
    { participantMixerLevels: [{ participant: '{own}', exclusive: 'yes' }] },
    'participantMixerLevels[0].exclusive: must be a JSON boolean.',
  ],
  [
    { participantMixerLevels: [{ participant: '{own}', exclusive: true, exclusiveMode: false }] },
    'participantMixerLevels[0].exclusiveMode: differs from exclusive',
  ],
  [
    { participantMixerLevels: [{ participant: '{own}', ducking: { rampActive: 'x' } }] },
    'participantMixerLevels[0].ducking.rampActive: must be a JSON number.',
  ],
  [
    { participantMixerLevels: [{ participant: '{own}', ducking: 'on' }] },
    'participantMixerLevels[0].ducking: must be a JSON object.',
  ],
])('configureMixer with the body %j is a 400 that names the property', async (body, says) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, COMMUNICATIONS)
  const { myParticipantId } = (await bot.request('GET', meeting)).body
  const text = body && JSON.stringify(body).replaceAll('{own}', myParticipantId)
  const reply = await bot.request('POST', `${meeting}/participants/configureMixer`, text)
  expectError(reply, { status: 400, code: 'invalidRequest', says })
})
