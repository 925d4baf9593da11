/**
 * Preloaded into the Azurite of the part `growth`. To write 50,000 calls by requests would take hours, because Azurite
 * compares each new row with all rows of the same row key. So this module copies the rows of a call inside Azurite:
 * creating the table `copies{count}` copies every row that names the first call of the table `calls`. The copies are
 * calls that have become quiet: the sweep inspects them when their keep-alive time ends.
 */
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'

/** What is used of LokiJS, the database of Azurite. */
interface Database {
  readonly collections: readonly Collection[]
  addCollection(name: string, options?: object): Collection
}
interface Collection {
  readonly name: string
  readonly data: readonly Row[]
  /** Inserts rows. With `isBatch`, their indexes are sorted once, after the last row. */
  insert(rows: readonly object[], isBatch: boolean): void
}
/** A row of a table. Azurite also has collections of other things, which name no call. */
interface Row {
  readonly PartitionKey: string
  readonly RowKey: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly $loki: number
  readonly meta: object
}

/** The buckets of the table `watchdog` between a create and the end of the keep-alive time: 45 minutes, 5 s each. */
const KEEP_ALIVE_BUCKETS = (45 * 60) / 5
const BUCKET_DIGITS = 12
const COPIES_TABLE = /\$copies(\d+)$/
/** Fewer rows at a time would sort the indexes more often; more would need more memory. */
const BATCH = 10_000

const requireFromAzurite = createRequire(createRequire(import.meta.url).resolve('azurite/package.json'))
const { prototype } = requireFromAzurite('lokijs') as { prototype: Database }
const { addCollection } = prototype
prototype.addCollection = function (this: Database, name, options) {
  const [, count] = COPIES_TABLE.exec(name) ?? []
  if (count !== undefined) copyFirstCall(this, Number(count))
  return addCollection.call(this, name, options)
}

function copyFirstCall({ collections }: Database, count: number): void {
  const calls = collections.find(({ name }) => name.endsWith('$calls'))
  const callId = calls?.data[0]?.PartitionKey
  if (callId === undefined) throw new Error('there is no call to copy')
  const ids = Array.from({ length: count }, () => randomUUID())
  for (const collection of collections) {
    const rows = collection.data.filter((row) => JSON.stringify(row).includes(callId))
    for (let start = 0; start < ids.length && rows.length > 0; start += BATCH) {
      const batch = ids.slice(start, start + BATCH)
      const copies = batch.flatMap((id) => rows.map((row) => copyRow(row, callId, id)))
      collection.insert(collection.name.endsWith('$watchdog') ? copies.map(postpone) : copies, true)
    }
  }
}

type Copy = Omit<Row, '$loki' | 'meta'>

/** Copies a row for another call. LokiJS adds its own properties to the copy. */
function copyRow({ $loki: _, meta: __, ...row }: Row, callId: string, id: string): Copy {
  const rename = (text: string) => text.replaceAll(callId, id)
  // What the sweep writes when it finds that a call has become quiet.
  const copyValue = (value: unknown) =>
    typeof value === 'string' ? rename(value).replace('"hasPendingWakeUp":true', '"hasPendingWakeUp":false') : value
  const entries = Object.entries(row.properties).map(([name, value]) => [name, copyValue(value)])
  return {
    ...row,
    PartitionKey: rename(row.PartitionKey),
    RowKey: rename(row.RowKey),
    properties: Object.fromEntries(entries),
  }
}

const postpone = (entry: Copy): Copy => ({
  ...entry,
  PartitionKey: String(Number(entry.PartitionKey) + KEEP_ALIVE_BUCKETS).padStart(BUCKET_DIGITS, '0'),
})
