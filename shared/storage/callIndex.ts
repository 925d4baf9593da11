import { createHash } from 'node:crypto'
import type { ClientRequest } from './callStore.js'
import { StorageConflict, type Tables } from './tables.js'

/** Where a list goes on. */
export interface IndexRow {
  readonly partitionKey: string
  readonly rowKey: string
}

/** A request that makes a call. */
export interface RequestedCall {
  readonly callId: string
  readonly request: ClientRequest
  readonly at: number
}

/** Later than any time we index: row keys count down to it, so that the newest call comes first. */
const END_OF_TIME = 8_640_000_000_000_000
const LOOK_BACK = 50

/** The table `callIndex`: the calls of an application, and the calls that somebody is called into, newest first. */
export class CallIndex {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /**
   * Written before the commit: a row without its call is possible, a call without its row is not.
   *
   * @returns the row, which the commit names so that it goes when the call goes
   */
  async addApplication(applicationId: string, callId: string, createdAt: number): Promise<IndexRow> {
    return this.#add(applicationKey(applicationId), callId, createdAt)
  }

  async addPerson(personId: string, callId: string, createdAt: number): Promise<IndexRow> {
    return this.#add(personKey(personId), callId, createdAt)
  }

  /** Removes a row, unless it leads to another call by now. */
  async remove({ partitionKey, rowKey }: IndexRow, callId: string): Promise<void> {
    const row = await this.#tables.get<{ callId: string }>('callIndex', partitionKey, rowKey)
    if (row?.value.callId !== callId) return
    try {
      await this.#tables.write('callIndex', partitionKey, [{ type: 'delete', rowKey, etag: row.etag }])
    } catch (error) {
      // Somebody has given it to another call since.
      if (!(error instanceof StorageConflict)) throw error
    }
  }

  /**
   * Which call a request is to make: all who ask for the same request get the same, and the row that says so.
   *
   * @param fresh what it is when nobody has asked before
   * @param isSame whether what was asked before is this request, and not another to which the client gave the same id
   */
  async callOfRequest(
    applicationId: string,
    fresh: RequestedCall,
    isSame: (before: RequestedCall) => boolean,
  ): Promise<{ made: RequestedCall; row: IndexRow }> {
    const [partitionKey, rowKey] = [`request:${applicationId.toLowerCase()}`, hashOf(fresh.request.id)]
    const found = (made: RequestedCall) => ({ made, row: { partitionKey, rowKey } })
    for (;;) {
      const row = await this.#tables.get<RequestedCall>('callIndex', partitionKey, rowKey)
      if (row && isSame(row.value)) return found(row.value)
      try {
        const write = row ? ({ type: 'replace', etag: row.etag } as const) : ({ type: 'insert' } as const)
        await this.#tables.write('callIndex', partitionKey, [{ ...write, rowKey, value: fresh }])
        return found(fresh)
      } catch (error) {
        // Somebody else was faster: what they have written is read.
        if (!(error instanceof StorageConflict)) throw error
      }
    }
  }

  /**
   * The calls of an application, or of all, the newest of each first.
   *
   * @param after the last row of the page before
   */
  async list(
    applicationId: string | undefined,
    after: IndexRow | undefined,
    limit: number,
  ): Promise<(IndexRow & { callId: string; createdAt: number })[]> {
    const from = applicationKey(applicationId ?? '')
    const to = applicationId === undefined ? `${from}~` : from
    const rows = await this.#tables.list<{ callId: string }>('callIndex', { from, to, limit, ...(after && { after }) })
    return rows.map(({ partitionKey, rowKey, value }) => {
      return { partitionKey, rowKey, callId: value.callId, createdAt: END_OF_TIME - Number(rowKey.split(':')[0]) }
    })
  }

  /** The ids of the newest calls that a person has to do with. */
  async callsOfPerson(personId: string): Promise<string[]> {
    const key = personKey(personId)
    const rows = await this.#tables.list<{ callId: string }>('callIndex', { from: key, to: key, limit: LOOK_BACK })
    return rows.map(({ value }) => value.callId)
  }

  async #add(partitionKey: string, callId: string, createdAt: number): Promise<IndexRow> {
    const rowKey = `${String(END_OF_TIME - createdAt).padStart(16, '0')}:${callId}`
    await this.#tables.write('callIndex', partitionKey, [{ type: 'put', rowKey, value: { callId } }])
    return { partitionKey, rowKey }
  }
}

const applicationKey = (applicationId: string) => `application:${applicationId.toLowerCase()}`
const personKey = (personId: string) => `person:${hashOf(personId.toLowerCase())}`
/** What others call something is free text of any length, and a key is neither (Azure Table Storage, data model). */
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
