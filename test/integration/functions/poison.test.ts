import { QueueServiceClient } from '@azure/storage-queue'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dialects, establishCall, establishedWithAudio, newBot } from '../../support/scenarios.js'
import { type RunningService, startService } from '../../support/serviceProcess.js'
import { meetingBody, user } from '../../support/testBot.js'

// The sweep never runs, so only the queues can send a wake-up. The service has an Azurite of its own: on a busy machine a
// request to the shared one may fail, and without the sweep nothing would replace the wake-up that is lost.
let service: RunningService
beforeAll(async () => {
  service = await startService({ SWEEP_SCHEDULE: '0 0 0 1 1 *', NOTIFICATION_MAX_AGE_MS: '600000' })
})
afterAll(() => service.stop())

test('without the sweep, every notification and timer of a call has a wake-up of its own', async () => {
  for (const dialect of dialects) {
    const bot = await newBot({ baseUrl: service.baseUrl, registered: dialect.dialect })
    const call = await establishCall(bot, dialect)
    await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
    await bot.waitFor(3 + establishedWithAudio(dialect).length)
    expect((await bot.request('DELETE', call)).status).toBe(204)
    await bot.waitFor(5 + establishedWithAudio(dialect).length)
  }
})

test('a poison message that names a call is requeued, and any other poison message is dropped', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const reply = await bot.request('POST', '/v1.0/communications/calls', meetingBody(bot.callbackUri))
  await bot.waitFor(3)
  const sendPoisonMessage = async (queue: string, message: unknown) => {
    const client = QueueServiceClient.fromConnectionString(service.storage).getQueueClient(`${queue}-poison`)
    await client.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'))
    await expect.poll(async () => (await client.getProperties()).approximateMessagesCount).toBe(0)
  }
  await sendPoisonMessage('notifications', { callId: reply.body.id })
  await sendPoisonMessage('call-timers', { callId: reply.body.id, timer: 'keepAlive' })
  await sendPoisonMessage('notifications', { nonsense: true })

  await expect.poll(service.log).toContain(`wakeUp.requeued queue=notifications call=${reply.body.id}`)
  await expect.poll(service.log).toContain(`wakeUp.requeued queue=call-timers call=${reply.body.id} timer=keepAlive`)
  await expect.poll(service.log).toContain('wakeUp.dropped queue=notifications-poison')
  expect(bot.received).toHaveLength(3)
})
