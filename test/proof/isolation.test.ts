import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { joinMeeting, startBot, type TestBot } from '../support/bot.js'
import { startService } from '../support/service.js'
import { ISOLATION_ROUNDS as ROUNDS } from '../support/sizes.js'

// What callbacks that hang or hang up cost the others: rounds with and without them alternate in one run, so that whatever
// else makes this machine slow is the same for both. ISOLATION_ROUNDS makes it longer.

const ROUND_MS = 5_000
const CALLBACKS = 20
/** One hangs and one hangs up: a tenth. */
const BAD_CALLBACKS = 2
/** Calls whose notifications hang already when a round begins: more than a process delivers to one callback host at a time. */
const HANGING_CALLS = 100
const CALL_EVERY_MS = 100
const SETTLE_MS = 2_000
const CALLS = '/v1.0/communications/calls'
/**
 * The goal is 1.5 for both ratios, and a quiet machine keeps it. This is for one that runs other tests beside, where the 99th
 * percentile of a few hundred is anybody's: where callbacks that hang take what is there, the others wait as long as those hang,
 * which is ten seconds.
 */
const MOST_MEDIAN_RATIO = 4
const MOST_P99_MS = 5_000

interface Delivery {
  readonly createdDateTime: string
  readonly state: string
  readonly attempts: readonly { readonly dateTime: string }[]
}

test('callbacks that hang or hang up do not make the others wait', { timeout: ROUNDS * 60_000 + 60_000 }, async () => {
  const service = await startService()
  onTestFinished(() => service.stop())
  const bots: TestBot[] = []
  for (let count = 0; count < CALLBACKS; count++) bots.push(await startBot(service.baseUrl))
  onTestFinished(() => Promise.all(bots.map((bot) => bot.close())).then(() => undefined))
  const [hanging, rude, ...healthy] = bots as [TestBot, TestBot, ...TestBot[]]
  expect(healthy).toHaveLength(CALLBACKS - BAD_CALLBACKS)

  const playRound = async (): Promise<number[]> => {
    const made: Promise<string>[] = []
    const until = Date.now() + ROUND_MS
    for (let count = 0; Date.now() < until; count++) {
      const bot = bots[count % CALLBACKS] as TestBot
      const creating = bot.request('POST', CALLS, joinMeeting(bot.callbackUri)).then(({ body }) => body.id as string)
      if (healthy.includes(bot)) made.push(creating)
      // By chance, for an even rhythm would run in step with the one in which queues are read.
      await sleep(Math.random() * 2 * CALL_EVERY_MS)
    }
    return (await Promise.all((await Promise.all(made)).map((id) => waitsOf(bots[2] as TestBot, id)))).flat()
  }
  await playRound()
  const waits: { calm: number[]; troubled: number[] } = { calm: [], troubled: [] }
  for (let round = 0; round < ROUNDS; round++) {
    waits.calm.push(...(await playRound()))
    const heal = misbehave(hanging, rude)
    await pileUp(hanging)
    waits.troubled.push(...(await playRound()))
    heal()
    await expect
      .poll(() => pendingOf(hanging).then(async (count) => count + (await pendingOf(rude))), { timeout: 30_000 })
      .toBe(0)
  }
  const [calm, troubled] = [figuresOf(waits.calm), figuresOf(waits.troubled)]
  const ratio = { median: troubled.median / calm.median, p99: troubled.p99 / calm.p99 }
  console.log(`commit to first attempt, ${waits.calm.length} and ${waits.troubled.length} notifications`)
  console.log(`  all callbacks healthy: ${describe(calm)} ms; a tenth hanging or hanging up: ${describe(troubled)} ms`)
  console.log(`  ratio: median ${ratio.median.toFixed(2)}, 99th percentile ${ratio.p99.toFixed(2)}`)
  expect(ratio.median).toBeLessThan(MOST_MEDIAN_RATIO)
  expect(troubled.p99).toBeLessThan(MOST_P99_MS)
})

async function pileUp(bot: TestBot): Promise<void> {
  for (let count = 0; count < HANGING_CALLS; count++) await bot.request('POST', CALLS, joinMeeting(bot.callbackUri))
  await sleep(SETTLE_MS)
}

/** Returns what lets the two answer again. */
function misbehave(hanging: TestBot, rude: TestBot): () => void {
  const held: (() => void)[] = []
  const [answer, refuse] = [hanging.onNotification, rude.onNotification]
  hanging.onNotification = (received, response) => void held.push(() => void answer(received, response))
  rude.onNotification = (_, response) => void response.socket?.destroy()
  return () => {
    Object.assign(hanging, { onNotification: answer })
    Object.assign(rude, { onNotification: refuse })
    for (const release of held) release()
  }
}

/** How long each notification of a call waited for its first attempt, in milliseconds from its commit. */
async function waitsOf(operator: TestBot, callId: string): Promise<number[]> {
  let deliveries: Delivery[] = []
  await expect
    .poll(
      async () => {
        deliveries = (await operator.request('GET', `/deliveries?callId=${callId}`)).body.value
        return deliveries.map(({ state }) => state)
      },
      { timeout: 20_000 },
    )
    .toEqual(['delivered', 'delivered', 'delivered'])
  return deliveries.map(
    ({ createdDateTime, attempts: [first] }) => Date.parse(first?.dateTime ?? '') - Date.parse(createdDateTime),
  )
}

async function pendingOf(bot: TestBot): Promise<number> {
  const { body } = await bot.request('GET', `/deliveries?applicationId=${bot.applicationId}&state=pending`)
  return body.value.length
}

function figuresOf(values: readonly number[]): { median: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { median: at(0.5), p99: at(0.99) }
}

const describe = ({ median, p99 }: { median: number; p99: number }) => `median ${median}, 99th percentile ${p99}`
