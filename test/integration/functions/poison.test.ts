import { QueueServiceClient } from '@azure/storage-queue'
import { expect, onTestFinished, test } from 'vitest'
import { joinMeeting, startBot } from '../../support/bot.js'
import { startService } from '../../support/service.js'

test('a message that its function has failed on again and again begins anew; one that makes no sense is dropped', async () => {
  // The sweep is asleep, so that nobody else looks.
  const service = await startService({ SWEEP_SCHEDULE: '0 0 0 1 1 *', NOTIFICATION_MAX_AGE_MS: '600000' })
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const reply = await bot.request('POST', '/v1.0/communications/calls', joinMeeting(bot.callbackUri))
  await bot.waitFor(3)
  const poisoned = async (queue: string, message: unknown) => {
    const client = QueueServiceClient.fromConnectionString(service.storage).getQueueClient(`${queue}-poison`)
    await client.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'))
    await expect.poll(async () => (await client.getProperties()).approximateMessagesCount, { timeout: 10_000 }).toBe(0)
  }
  await poisoned('notifications', { callId: reply.body.id })
  await poisoned('call-timers', { callId: reply.body.id, timer: 'keepAlive' })
  await poisoned('notifications', { nonsense: true })

  await expect.poll(service.log).toContain(`wakeUp.requeued queue=notifications call=${reply.body.id}`)
  await expect.poll(service.log).toContain(`wakeUp.requeued queue=call-timers call=${reply.body.id} timer=keepAlive`)
  await expect.poll(service.log).toContain('wakeUp.dropped queue=notifications-poison')
  expect(bot.received).toHaveLength(3)
})
