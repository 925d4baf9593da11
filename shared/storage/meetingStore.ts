import { createHash } from 'node:crypto'
import type { OnlineMeeting } from '../simulator/onlineMeetings.js'
import { StorageConflict, type Tables } from './tables.js'

const MEETING = 'meeting'
const KEY_PREFIX = 'meeting:'

/** The row of an online meeting. */
export interface MeetingRecord extends OnlineMeeting {
  /** When the sweep removes the row, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** A meeting as it was read. */
export interface StoredMeeting {
  readonly record: MeetingRecord
  readonly etag: string
}

type MeetingIdentity = Pick<OnlineMeeting, 'tenantId' | 'threadId' | 'messageId'>

/** The key of a meeting: its partition in the table `meetings`, and its row in the table `watchdog`. */
export function meetingKey({ tenantId, threadId, messageId }: MeetingIdentity): string {
  const identity = JSON.stringify([tenantId.toLowerCase(), threadId, messageId])
  // Thread ids come from join URLs. Keys are limited in length and in characters (Azure Table Storage, data model).
  return KEY_PREFIX + createHash('sha256').update(identity).digest('hex')
}

/** Returns whether a watchdog entry is for a meeting. The ids of calls are GUIDs. */
export const isMeetingKey = (key: string): boolean => key.startsWith(KEY_PREFIX)

/** The table `meetings`: one row for each online meeting that was created or changed. */
export class MeetingStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async read(meeting: MeetingIdentity): Promise<StoredMeeting | undefined> {
    const row = await this.#tables.get<MeetingRecord>('meetings', meetingKey(meeting), MEETING)
    return row && { record: row.value, etag: row.etag }
  }

  /**
   * Writes a meeting. A watchdog entry for `expiresAt` must exist before.
   *
   * @param etag the ETag of the row that was read; undefined when there was no row
   * @returns false when another writer was first: nothing was written
   */
  async write(record: MeetingRecord, etag: string | undefined): Promise<boolean> {
    const write = etag === undefined ? ({ type: 'insert' } as const) : ({ type: 'replace', etag } as const)
    try {
      await this.#tables.write('meetings', meetingKey(record), [{ ...write, rowKey: MEETING, value: record }])
      return true
    } catch (error) {
      if (error instanceof StorageConflict) return false
      throw error
    }
  }

  /** Removes a meeting if it has expired. A meeting that was changed since stays: it has a later watchdog entry. */
  async removeExpired(key: string, now: number): Promise<void> {
    const row = await this.#tables.get<MeetingRecord>('meetings', key, MEETING)
    if (!row || row.value.expiresAt > now) return
    try {
      await this.#tables.write('meetings', key, [{ type: 'delete', rowKey: MEETING, etag: row.etag }])
    } catch (error) {
      if (!(error instanceof StorageConflict)) throw error
    }
  }
}
