import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { APP2019, establishMeeting, newBot } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'
import { send, user } from '../support/testBot.js'

const INVITATIONS = 40
/** A call has at most this many running invitations. */
const MAX_RUNNING = 20

test('40 concurrent invitations over three hosts are each accepted, or rejected with an accurate error', async () => {
  const service = await startService({ SIMULATOR_ANSWER_AFTER_MS: '5000' })
  onTestFinished(() => service.stop())
  const hosts = [service, await service.startAnother(), await service.startAnother()]
  for (const host of hosts.slice(1)) onTestFinished(() => host.stop())
  const bot = await newBot({ baseUrl: service.baseUrl, registered: 'app' })
  const call = await establishMeeting(bot, APP2019)
  const replies = await Promise.all(
    Array.from({ length: INVITATIONS }, (_, index) =>
      send(hosts[index % hosts.length]?.baseUrl ?? '', 'POST', `${call}/participants/invite`, {
        token: bot.token,
        body: { participants: [{ identity: user(randomUUID()) }] },
      }),
    ),
  )
  const kinds = Map.groupBy(replies, ({ status, body }) => `${status} ${body.error?.code ?? ''}`.trim())
  console.log([...kinds].map(([kind, group]) => `${kind}: ${group.length}`).join(', '))
  expect(['202', '409 notAllowed', '503 conflict']).toEqual(expect.arrayContaining([...kinds.keys()]))
  const accepted = kinds.get('202')?.length ?? 0
  expect(accepted).toBeLessThanOrEqual(MAX_RUNNING)
  // An invitation that was refused for a conflict can be sent again; all others up to the limit were accepted.
  expect(accepted + (kinds.get('503 conflict')?.length ?? 0)).toBeGreaterThanOrEqual(MAX_RUNNING)
  for (const { headers } of kinds.get('503 conflict') ?? []) expect(headers.get('retry-after')).toBe('1')
})
