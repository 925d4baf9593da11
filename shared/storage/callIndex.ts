import { createHash } from 'node:crypto'
import type { IndexRow, RequestedCall } from './records.js'
import { type Row, type RowWrite, StorageConflict, type Tables } from './tables.js'

/** The latest time of a Date (ECMAScript). Row keys count down to it, so that the newest call sorts first. */
const END_OF_TIME = 8_640_000_000_000_000
/** How many calls of a person are listed. */
const MAX_CALLS_OF_PERSON = 50

/** How many calls of a meeting are kept in its row, and so how many applications can be in it. */
const MAX_CALLS_OF_MEETING = 50

/** A call in a meeting. */
export interface MeetingCall {
  readonly callId: string
  readonly applicationId: string
}

/** How the row keys of requests begin. */
const REQUEST_KEY = 'request:'
/** The key of the only row of a meeting. */
const MEETING_ROW = 'calls'

/** The row of a meeting: its newest calls, newest first, also those that have ended. */
interface MeetingRecord {
  readonly calls: readonly MeetingCall[]
}
type MeetingRow = Row<MeetingRecord>

/** The table `callIndex`: the calls of each application, simulated person and meeting, newest first; create requests. */
export class CallIndex {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /**
   * Adds a call to the index of its application. Must precede the commit: a row without its call is harmless, a call
   * without its row is not found.
   *
   * @returns the keys of the row: the commit stores them, so that the row is removed with the call
   */
  async addForApplication(applicationId: string, callId: string, createdAt: number): Promise<IndexRow> {
    return this.#add(applicationKey(applicationId), callId, createdAt)
  }

  /** Adds a call to the index of a person. Order and result are as in `addForApplication`. */
  async addForPerson(personId: string, callId: string, createdAt: number): Promise<IndexRow> {
    return this.#add(personKey(personId), callId, createdAt)
  }

  /**
   * Adds a call to the row of a meeting. Order is as in `addForApplication`. Of two calls that enter at the same time,
   * the later one finds the earlier one, because both write the same row.
   *
   * @returns the row, and the other calls in it
   */
  async enterMeeting(meeting: string, call: MeetingCall): Promise<{ row: IndexRow; others: readonly MeetingCall[] }> {
    const partitionKey = meetingKey(meeting)
    // Most meetings have one call, so the row is inserted before it is read.
    for (let stored: MeetingRow | undefined; ; stored = await this.#readMeeting(partitionKey)) {
      const calls = stored?.value.calls ?? []
      const others = withoutCall(calls, call.callId)
      const isIn = others.length < calls.length
      const entered = [call, ...others].slice(0, MAX_CALLS_OF_MEETING)
      const etag = isIn ? stored?.etag : await this.#writeMeeting(partitionKey, entered, stored)
      if (etag !== undefined) return { row: { partitionKey, rowKey: MEETING_ROW, etag }, others }
    }
  }

  /**
   * Deletes a row that points to a call. A row that has been rewritten since points to other calls, and stays; the row
   * of a meeting then loses the call.
   */
  async remove(callId: string, { partitionKey, rowKey, etag }: IndexRow): Promise<void> {
    const condition = etag === undefined ? {} : { etag }
    try {
      await this.#tables.write('callIndex', partitionKey, [{ type: 'delete', rowKey, ...condition }])
    } catch (error) {
      if (!(error instanceof StorageConflict)) throw error
      if (rowKey === MEETING_ROW) await this.#leaveMeeting(partitionKey, callId)
    }
  }

  /**
   * Chooses the call that a request creates: a request and all of its retries get the same call. In the same
   * transaction, the call is added to the index of its application, as in `addForApplication`.
   *
   * @param candidate the call to create when the request has no earlier one
   * @param isRetryOf whether this request is a retry of the earlier one, and not a different request with the same id
   */
  async claimRequest(
    applicationId: string,
    candidate: RequestedCall,
    isRetryOf: (earlier: RequestedCall) => boolean,
  ): Promise<{ claimed: RequestedCall; rows: readonly IndexRow[] }> {
    const partitionKey = applicationKey(applicationId)
    const rowKey = `${REQUEST_KEY}${hashOf(candidate.request.id)}`
    const result = (claimed: RequestedCall, etag: string) => {
      return {
        claimed,
        rows: [
          { partitionKey, rowKey, etag },
          { partitionKey, rowKey: callKey(claimed) },
        ],
      }
    }
    let claim: RowWrite = { type: 'insert', rowKey, value: candidate }
    for (;;) {
      try {
        const [etag = ''] = await this.#tables.write('callIndex', partitionKey, [claim, putCall(candidate)])
        return result(candidate, etag)
      } catch (error) {
        // Another request has written the row.
        if (!(error instanceof StorageConflict)) throw error
      }
      const row = await this.#tables.get<RequestedCall>('callIndex', partitionKey, rowKey)
      if (row && isRetryOf(row.value)) return result(row.value, row.etag)
      claim = { ...(row ? { type: 'replace', etag: row.etag } : { type: 'insert' }), rowKey, value: candidate }
    }
  }

  /**
   * Lists the calls of one application, or of all applications if none is given, newest first for each application.
   *
   * @param after the last row of the previous page
   * @returns `createdAt` in milliseconds since 1970
   */
  async list(
    applicationId: string | undefined,
    after: IndexRow | undefined,
    limit: number,
  ): Promise<(IndexRow & { callId: string; createdAt: number })[]> {
    const from = applicationKey(applicationId ?? '')
    const to = applicationId === undefined ? `${from}~` : from
    const range = { from, to, rowsBefore: REQUEST_KEY, limit, ...(after && { after }) }
    const rows = await this.#tables.list<{ callId: string }>('callIndex', range)
    return rows.map(({ partitionKey, rowKey, value }) => {
      return { partitionKey, rowKey, callId: value.callId, createdAt: END_OF_TIME - Number(rowKey.split(':')[0]) }
    })
  }

  /**
   * Lists the newest calls of these applications.
   *
   * @param after the `rowKey` of the last call of the previous page; without it the list starts at the newest call
   */
  async listNewest(
    applicationIds: readonly string[],
    after: string | undefined,
    limit: number,
  ): Promise<{ callId: string; rowKey: string }[]> {
    const lists = await Promise.all(
      applicationIds.map(applicationKey).map((key) => {
        const start = after === undefined ? {} : { after: { partitionKey: key, rowKey: after } }
        const range = { from: key, to: key, rowsBefore: REQUEST_KEY, limit, ...start }
        return this.#tables.list<{ callId: string }>('callIndex', range)
      }),
    )
    // The keys of all applications count down the time, so they sort the newest call first.
    const rows = lists.flat().toSorted((one, other) => (one.rowKey < other.rowKey ? -1 : 1))
    return rows.slice(0, limit).map(({ rowKey, value }) => ({ callId: value.callId, rowKey }))
  }

  /** Lists applications that have calls, by their ids. Each is one request: the first row behind the last partition. */
  async listApplications(limit: number): Promise<string[]> {
    const [from, to] = [applicationKey(''), `${applicationKey('')}~`]
    const keys: string[] = []
    while (keys.length < limit) {
      const last = keys.at(-1)
      const after = last === undefined ? {} : { after: { partitionKey: last, rowKey: '~' } }
      const [row] = await this.#tables.list('callIndex', { from, to, limit: 1, ...after })
      if (!row) break
      keys.push(row.partitionKey)
    }
    return keys.map((key) => key.slice(from.length))
  }

  /** Lists the ids of the newest calls of a person: those that the person makes, receives or is invited to. */
  async listCallsOfPerson(personId: string): Promise<string[]> {
    const key = personKey(personId)
    const rows = await this.#tables.list<{ callId: string }>('callIndex', {
      from: key,
      to: key,
      limit: MAX_CALLS_OF_PERSON,
    })
    return rows.map(({ value }) => value.callId)
  }

  async #leaveMeeting(partitionKey: string, callId: string): Promise<void> {
    for (;;) {
      const stored = await this.#readMeeting(partitionKey)
      const calls = stored?.value.calls ?? []
      const others = withoutCall(calls, callId)
      if (others.length === calls.length) return
      if ((await this.#writeMeeting(partitionKey, others, stored)) !== undefined) return
    }
  }

  /**
   * Writes the row of a meeting, or deletes one without calls.
   *
   * @param stored the row as it was read; undefined for a new one
   * @returns the new ETag, or undefined when another call has written the row since
   */
  async #writeMeeting(
    partitionKey: string,
    calls: readonly MeetingCall[],
    stored: MeetingRow | undefined,
  ): Promise<string | undefined> {
    try {
      const [etag = ''] = await this.#tables.write('callIndex', partitionKey, [toMeetingWrite({ calls }, stored)])
      return etag
    } catch (error) {
      if (error instanceof StorageConflict) return undefined
      throw error
    }
  }

  #readMeeting(partitionKey: string): Promise<MeetingRow | undefined> {
    return this.#tables.get<MeetingRecord>('callIndex', partitionKey, MEETING_ROW)
  }

  async #add(partitionKey: string, callId: string, at: number): Promise<IndexRow> {
    await this.#tables.write('callIndex', partitionKey, [putCall({ callId, at })])
    return { partitionKey, rowKey: callKey({ callId, at }) }
  }
}

/** The key of a call in an index. As text, keys sort the newest call first, and before those of requests. */
const callKey = ({ callId, at }: Pick<RequestedCall, 'callId' | 'at'>): string =>
  `${String(END_OF_TIME - at).padStart(16, '0')}:${callId}`
const putCall = (call: Pick<RequestedCall, 'callId' | 'at'>): RowWrite => {
  return { type: 'put', rowKey: callKey(call), value: { callId: call.callId } }
}
function toMeetingWrite(value: MeetingRecord, stored: MeetingRow | undefined): RowWrite {
  const rowKey = MEETING_ROW
  if (!stored) return { type: 'insert', rowKey, value }
  const { etag } = stored
  return value.calls.length > 0 ? { type: 'replace', rowKey, value, etag } : { type: 'delete', rowKey, etag }
}
const withoutCall = (calls: readonly MeetingCall[], callId: string): MeetingCall[] =>
  calls.filter((call) => call.callId !== callId)
const applicationKey = (applicationId: string) => `application:${applicationId.toLowerCase()}`
/** The form in which an id is indexed: ids that differ in case, or only in lone surrogates, share their rows. */
export const toIndexedId = (personId: string): string => personId.toLowerCase().toWellFormed()
const meetingKey = (meeting: string) => `meeting:${hashOf(meeting)}`
const personKey = (personId: string) => `person:${hashOf(toIndexedId(personId))}`
/**
 * Ids of clients are free text. Keys are limited in length and in characters (Azure Table Storage, data model), so they
 * hold a hash.
 */
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
