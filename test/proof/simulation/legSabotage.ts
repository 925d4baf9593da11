import type { Call, Leg } from '../../../shared/calls/call.js'
import type { CallRecord } from '../../../shared/storage/records.js'
import type { RowWrite, TableName, Tables } from '../../../shared/storage/tables.js'
import type { Sabotage } from './simulation.js'

// Each sabotage removes one step between legs.

/** The version of a meeting that was just created: it is established at once. */
const FIRST_VERSION = 2
/** The row is not written. */
const SKIP = 'skip'

/** Changes the rows that a host writes to a table, unless `change` returns undefined. */
const sabotageRows =
  (table: TableName, change: (row: RowWrite, partition: string) => RowWrite | typeof SKIP | undefined): Sabotage =>
  (tables, onSabotage) => ({
    ...readsOf(tables),
    write: async (name, partition, writes) => {
      if (name !== table) return tables.write(name, partition, writes)
      const changed = writes.map((row) => change(row, partition) ?? row)
      if (changed.some((row, index) => row !== writes[index])) onSabotage()
      const kept = changed.filter((row) => row !== SKIP)
      return kept.length > 0 ? tables.write(name, partition, kept) : writes.map(() => '')
    },
  })

const readsOf = (tables: Tables): Pick<Tables, 'get' | 'list'> => ({
  get: (table, partition, row) => tables.get(table, partition, row),
  list: (table, range) => tables.list(table, range),
})

/** Changes the stored calls, unless `change` returns the same call. */
const sabotageCalls = (change: (call: Call) => Call): Sabotage =>
  sabotageRows('calls', (row) => {
    const record = 'value' in row ? (row.value as Partial<CallRecord>) : undefined
    if (row.rowKey !== 'call' || !record?.call) return undefined
    const call = change(record.call)
    return call === record.call ? undefined : ({ ...row, value: { ...record, call } } as RowWrite)
  })

const forgetTimers = (isForgotten: (timerId: string) => boolean): Sabotage =>
  sabotageCalls((call) =>
    call.timers.some(({ id }) => isForgotten(id))
      ? { ...call, timers: call.timers.filter(({ id }) => !isForgotten(id)) }
      : call,
  )

const sabotageLegs = (isSabotaged: (leg: Leg) => boolean, patch: Partial<Leg>): Sabotage =>
  sabotageCalls((call) =>
    call.legs?.some(isSabotaged)
      ? { ...call, legs: call.legs.map((leg) => (isSabotaged(leg) ? { ...leg, ...patch } : leg)) }
      : call,
  )

/** A call keeps the legs that it began with, and no others. */
const forgetMeetings: Sabotage = (tables, onSabotage) => {
  const legsAtFirst = new Map<string, readonly string[]>()
  const sabotage = sabotageCalls((call) => {
    const { id, legs = [] } = call
    if (!legsAtFirst.has(id))
      legsAtFirst.set(id, call.version === FIRST_VERSION ? legs.map(({ callId }) => callId) : [])
    const known = legs.filter(({ callId }) => legsAtFirst.get(id)?.includes(callId))
    return call.meetingInfo && known.length < legs.length ? { ...call, legs: known } : call
  })
  return sabotage(tables, onSabotage)
}

/** Each of them must be noticed. The keys complete the sentence "the simulation notices when ...". */
export const LEG_SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'a call does not plan the next reading of its legs': forgetTimers((id) => id === 'readLegs'),
  'an application is not offered its call': forgetTimers((id) => id.startsWith('offerLeg:')),
  'a call that enters a meeting is not in its index': sabotageRows('callIndex', (_, partition) =>
    partition.startsWith('meeting:') ? SKIP : undefined,
  ),
  'a call forgets the one that has met it': forgetMeetings,
  'a call forgets what it asks of a leg': sabotageLegs(({ requests }) => requests.length > 0, { requests: [] }),
  'a call forgets which requests it has carried out': sabotageLegs(({ lastReceived }) => lastReceived > 0, {
    lastReceived: 0,
  }),
  'a call that ends by a transfer or a redirect names no successor': sabotageCalls((call) => {
    const { connected, ...rest } = call
    return connected ? rest : call
  }),
  'a call that ends names no heir of its people': sabotageCalls((call) => {
    const { heirCallId, ...rest } = call
    return heirCallId === undefined ? call : rest
  }),
  'an heir does not say that it has the people': sabotageCalls((call) => {
    const { inheritedFrom, ...rest } = call
    return inheritedFrom ? rest : call
  }),
}
