import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { countAccounts, countInstances, LOADS, listCeilings, renderTables } from '../../../scripts/capacityModel.ts'
import { fillPage, readCounts } from '../../../scripts/capacityPage.ts'
import { createCall } from '../../../shared/engine/changeCall.js'
import { TABLES, toJson } from '../../../shared/storage/tables.js'
import { outgoingCall } from '../../support/callFixtures.js'
import { CALL, createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'

const page = readFileSync('docs/scale.md', 'utf8')
const counts = readCounts(page)
const [hour, day, busiestHour] = LOADS as [(typeof LOADS)[0], (typeof LOADS)[0], (typeof LOADS)[0]]

/** Counts the requests of a fixture from now on: all of them, and those of the sweep. */
function countRequests(fixture: ServiceFixture) {
  const found = { tableRequests: 0, messages: 0, wakeUps: 0, sweepEntries: 0, sweepRequests: 0 }
  let isInSweep = false
  const { sweep: runSweep } = fixture
  Object.assign(fixture, {
    sweep: async () => {
      for await (const entries of fixture.service.watchdog.listDue(fixture.clock.now())) {
        found.sweepEntries += entries.length
      }
      isInSweep = true
      await runSweep()
      isInSweep = false
    },
  })
  fixture.tables.before = ({ name }) => {
    // The sweep lists due entries whether there are calls or not.
    if (name === 'list watchdog') return
    found.tableRequests++
    if (isInSweep) found.sweepRequests++
  }
  fixture.queues.before = (queue) => {
    found.messages++
    if (queue === 'notifications') found.wakeUps++
  }
  return found
}

/** The size of all rows as Azure counts it: strings are UTF-16. */
async function measureRows({ tables }: ServiceFixture): Promise<number> {
  const rows = (await Promise.all(TABLES.map((table) => tables.list(table, { to: '~' })))).flat()
  return rows.reduce((sum, { partitionKey, rowKey, value }) => {
    return sum + 2 * (partitionKey.length + rowKey.length + toJson(value).length)
  }, 0)
}

test('the counts in docs/scale.md are those of a peer-to-peer call from its creation to its removal', async () => {
  const fixture = createServiceFixture()
  const found = countRequests(fixture)
  const request = { id: 'create', isRetry: false }
  await createCall(fixture.service, { ...outgoingCall('ann'), id: CALL }, 'communications', request)
  await fixture.run(1_000)
  await fixture.changeCall({ type: 'personAnswers', personId: 'ann' })
  await fixture.run(60_000)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  const beforeMeasurement = found.tableRequests
  const storedKiB = Math.round((await measureRows(fixture)) / 1024)
  found.tableRequests = beforeMeasurement
  fixture.clock.advance(24 * 3_600_000)
  await fixture.run(30_000)
  expect({ ...found, storedKiB }).toEqual(counts)
})

test('docs/scale.md shows the tables that are calculated from its counts: npm run capacity -- --write', () => {
  expect(fillPage(page, renderTables(counts))).toBe(page)
})

test('each table replaces what is between its markers', () => {
  const text = 'a\n<!-- capacity:cost -->\nold\n<!-- end -->\nb\n'
  expect(fillPage(text, { cost: 'new' })).toBe('a\n<!-- capacity:cost -->\n\nnew\n\n<!-- end -->\nb\n')
  expect(() => fillPage(text, {})).toThrow('there is no table cost')
})

// What docs/scale.md says about the tables.

const reachedAt = (resource: string, accounts: number): number => {
  const ceiling = listCeilings(counts, accounts).find((other) => other.resource.includes(resource))
  if (!ceiling) throw new Error(`there is no limit of ${resource}`)
  return ceiling.callsPerSecond
}

test('the limits are reached in the order of the text: the sweep, requests of one bot, the storage account', () => {
  const [first, second, third] = listCeilings(counts, 1)
  expect(first?.resource).toBe('the sweep')
  expect(second?.resource).toBe('requests of one bot')
  expect(third?.resource).toContain('the storage account')
  expect(third?.callsPerSecond).toBeGreaterThan(busiestHour.callsPerSecond)
})

test('the sweep is in time with 100,000 calls an hour, and late with 10,000,000 a day', () => {
  expect(reachedAt('the sweep', 1)).toBeGreaterThan(hour.callsPerSecond)
  expect(reachedAt('the sweep', 1)).toBeLessThan(day.callsPerSecond)
})

test('one account is enough for each load, except for the busiest hour of 10,000,000 calls a day: it needs two', () => {
  expect([hour, day, busiestHour].map((load) => countAccounts(counts, load))).toEqual([1, 1, 2])
})

test('with three accounts the queue is the lowest limit of the storage, and with two it is not', () => {
  expect(reachedAt('queue `notifications`', 3)).toBeLessThan(reachedAt('requests to the storage account', 3))
  expect(reachedAt('queue `notifications`', 3)).toBeLessThan(reachedAt('partition of `watchdog`', 3))
  expect(reachedAt('queue `notifications`', 2)).toBeGreaterThan(reachedAt('requests to the storage account', 2))
})

test('more calls need more instances and accounts, and too many are refused', () => {
  const instances = [1, 100, 1_000].map((callsPerSecond) => countInstances(counts, { name: '', callsPerSecond }))
  expect(instances).toEqual(instances.toSorted((a, b) => a - b))
  expect(() => countAccounts(counts, { name: '', callsPerSecond: 100_000 })).toThrow('too many')
})
