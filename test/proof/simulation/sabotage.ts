import type { DeliveryRecord } from '../../../shared/storage/records.js'
import type { RowWrite, TableName, Tables } from '../../../shared/storage/tables.js'
import type { Sabotage } from './simulation.js'

// Parts of the protocol taken out, where it meets the storage: a simulation that stays green without them would prove nothing.

interface Written {
  readonly table: TableName
  readonly partition: string
  readonly writes: readonly RowWrite[]
}

/** The storage with another way to write. */
const writing =
  (write: (tables: Tables, written: Written) => Promise<string[]>): Sabotage =>
  (tables) => ({
    get: (table, partition, row) => tables.get(table, partition, row),
    list: (table, range) => tables.list(table, range),
    write: (table, partition, writes) => write(tables, { table, partition, writes }),
  })

const asIs = (tables: Tables, { table, partition, writes }: Written) => tables.write(table, partition, writes)
const rowOf = ({ writes }: Written, rowKey: string) => writes.find((write) => write.rowKey === rowKey)
const isVoid = ({ value }: { value: unknown }) => (value as { void?: boolean }).void === true

export const SABOTAGES: Readonly<Record<string, Sabotage>> = {
  'the fence of the lease is gone: whoever has lost it may still move the cursor': writing((tables, written) => {
    const [write] = written.writes
    if (write?.rowKey !== 'delivery' || write.type !== 'replace') return asIs(tables, written)
    return asIs(tables, { ...written, writes: [{ type: 'put', rowKey: 'delivery', value: write.value }] })
  }),
  'nobody is made to look: the watch is left out': writing(async (tables, written) =>
    written.table === 'watchdog' && written.writes[0]?.type === 'put' ? [''] : asIs(tables, written),
  ),
  'nobody is made to look until it is done: the watch is put off until after the commit': (tables) => {
    const late = new Map<string, Written>()
    return writing(async (_, written) => {
      const [write] = written.writes
      if (written.table === 'watchdog' && write?.type === 'put') {
        late.set(write.rowKey, written)
        return ['']
      }
      const etags = await asIs(tables, written)
      const put = late.get(written.partition)
      if (put && rowOf(written, 'call')) {
        late.delete(written.partition)
        await asIs(tables, put)
      }
      return etags
    })(tables)
  },
  'the sweep leaves nothing in the place of a call that it does not find': writing(async (tables, written) => {
    const call = rowOf(written, 'call')
    return call && 'value' in call && isVoid(call) ? ['"void"'] : asIs(tables, written)
  }),
  'the sweep takes its row away without making commits fail that counted on it': writing(async (tables, written) => {
    const call = rowOf(written, 'call')
    const fences = call?.type === 'replace' && (call.value as { hasPendingWakeUp?: boolean }).hasPendingWakeUp === false
    return fences ? [call.etag] : asIs(tables, written)
  }),
  'what leads to a call stays when the call is removed': writing(async (tables, written) =>
    written.table === 'callIndex' && written.writes[0]?.type === 'delete' ? [''] : asIs(tables, written),
  ),
  'a change and its notifications are two writes': writing(async (tables, written) => {
    const announces = ({ rowKey }: RowWrite) => rowKey.startsWith('notification:')
    if (!written.writes.some(announces)) return asIs(tables, written)
    const etags = await asIs(tables, { ...written, writes: written.writes.filter((write) => !announces(write)) })
    await asIs(tables, { ...written, writes: written.writes.filter(announces) })
    return etags
  }),
  'a command ignores that somebody else has changed the call': writing((tables, written) => {
    const replaces = (write: RowWrite): RowWrite =>
      write.type === 'replace' && write.rowKey === 'call' ? { ...write, type: 'put' } : write
    return asIs(tables, { ...written, writes: written.writes.map(replaces) })
  }),
  'the order is ignored: a drain begins one further on': (tables) => ({
    list: (table, range) => tables.list(table, range),
    write: (table, partition, writes) => tables.write(table, partition, writes),
    get: async (table, partition, row) => {
      const [, number] = /^notification:0*(\d+)$/.exec(row) ?? []
      if (table !== 'calls' || number === undefined) return tables.get(table, partition, row)
      const next = `notification:${String(Number(number) + 1).padStart(10, '0')}`
      return (await tables.get(table, partition, next)) ?? tables.get(table, partition, row)
    },
  }),
}

/** Seen where nothing else goes wrong, since the sweep makes up for it: what it costs is time. */
export const nobodyLooksOnceMore: Sabotage = (tables) => {
  const givenBack = new Set<string>()
  return {
    list: (table, range) => tables.list(table, range),
    write: async (table, partition, writes) => {
      const etags = await tables.write(table, partition, writes)
      const delivery = writes.find(({ rowKey }) => rowKey === 'delivery')
      const value = delivery && 'value' in delivery ? (delivery.value as DeliveryRecord) : undefined
      if (value?.cursor && !value.owner) givenBack.add(partition)
      return etags
    },
    get: async (table, partition, row) => {
      if (table === 'calls' && row.startsWith('notification:') && givenBack.delete(partition)) return undefined
      return tables.get(table, partition, row)
    },
  }
}
