import { type Row, StorageConflict, type Tables } from './tables.js'

/** How wide a bucket of the table `watch` is. */
const BUCKET_MS = 5_000
/** How many rows a sweep reads at once. */
const SWEEP_LIMIT = 1_000

/** One look that is owed to a call. */
export interface WatchRow {
  readonly bucket: string
  readonly callId: string
  readonly etag: string
}

/** The table `watch`: which call must be looked at when. A row of it is the guarantee that somebody looks. */
export class WatchStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async add(callId: string, at: number): Promise<void> {
    await this.#tables.write('watch', bucketOf(at), [{ type: 'put', rowKey: callId, value: {} }])
  }

  /** Leaves a row that a command has put there anew since it was read: that command counts on it. */
  async remove({ bucket, callId, etag }: WatchRow): Promise<void> {
    try {
      await this.#tables.write('watch', bucket, [{ type: 'delete', rowKey: callId, etag }])
    } catch (error) {
      if (!(error instanceof StorageConflict)) throw error
    }
  }

  /** The rows whose time has come, the oldest first. */
  async due(now: number): Promise<WatchRow[]> {
    const rows: Row[] = await this.#tables.list('watch', { to: bucketOf(now), limit: SWEEP_LIMIT })
    return rows.map(({ partitionKey, rowKey, etag }) => ({ bucket: partitionKey, callId: rowKey, etag }))
  }
}

/** Buckets sort as text in the order of time. */
export const bucketOf = (at: number): string => String(Math.floor(at / BUCKET_MS)).padStart(12, '0')
