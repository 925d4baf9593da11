import { type Row, StorageConflict, type Tables } from './tables.js'

/** The time span of one bucket, which is one partition of the table `watchdog`. */
const BUCKET_MS = 5_000
/** How many entries are listed at a time. A reply of Azure has 1,000 rows at most (Azure Table Storage, queries). */
const PAGE_SIZE = 1_000

/** The guarantee that the sweep inspects a call or a stored meeting. */
export interface WatchdogEntry {
  /** The bucket of the time at which the call or meeting is due. */
  readonly bucket: string
  /** The id of the call, or the key of the meeting. */
  readonly key: string
  readonly etag: string
}

/** The table `watchdog`: which call or meeting the sweep must inspect, and when. */
export class WatchdogStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** @param at when the call or meeting is due, in milliseconds since 1970 */
  async add(key: string, at: number): Promise<void> {
    await this.#tables.write('watchdog', bucketOf(at), [{ type: 'put', rowKey: key, value: {} }])
  }

  /** Removes an entry, unless a command has written it again since it was read: that command relies on it. */
  async remove({ bucket, key, etag }: WatchdogEntry): Promise<void> {
    try {
      await this.#tables.write('watchdog', bucket, [{ type: 'delete', rowKey: key, etag }])
    } catch (error) {
      if (!(error instanceof StorageConflict)) throw error
    }
  }

  /** Lists the due entries in pages, the oldest first. */
  async *listDue(now: number): AsyncGenerator<WatchdogEntry[]> {
    const range = { to: bucketOf(now), limit: PAGE_SIZE }
    let rows: Row[] = await this.#tables.list('watchdog', range)
    while (rows.length > 0) {
      yield rows.map(({ partitionKey, rowKey, etag }) => ({ bucket: partitionKey, key: rowKey, etag }))
      const after = rows.length === PAGE_SIZE ? rows.at(-1) : undefined
      if (!after) return
      rows = await this.#tables.list('watchdog', { ...range, after })
    }
  }
}

/** The bucket of a time. As text, buckets sort in the order of time. */
export const bucketOf = (at: number): string => String(Math.floor(at / BUCKET_MS)).padStart(12, '0')
