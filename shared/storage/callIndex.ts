import { createHash } from 'node:crypto'
import type { ClientRequest } from './callStore.js'
import type { Tables } from './tables.js'

/** Later than any time we index: row keys count down to it, so that the newest call comes first. */
const END_OF_TIME = 8_640_000_000_000_000
const LOOK_BACK = 50

/** The table `callIndex`: the calls of an application, and the calls that somebody is called into, newest first. */
export class CallIndex {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Written before the commit: a row without its call is possible, a call without its row is not. */
  async addApplication(applicationId: string, callId: string, createdAt: number): Promise<void> {
    await this.#add(applicationKey(applicationId), callId, createdAt)
  }

  async addPerson(personId: string, callId: string, createdAt: number): Promise<void> {
    await this.#add(personKey(personId), callId, createdAt)
  }

  /** Remembers which call a request is to make: the newest, where a client gives several requests one id. */
  async addRequest(applicationId: string, { id }: ClientRequest, callId: string): Promise<void> {
    const row = { type: 'put', rowKey: hashOf(id), value: { callId } } as const
    await this.#tables.write('callIndex', requestsKey(applicationId), [row])
  }

  async callOfRequest(applicationId: string, { id }: ClientRequest): Promise<string | undefined> {
    const row = await this.#tables.get<{ callId: string }>('callIndex', requestsKey(applicationId), hashOf(id))
    return row?.value.callId
  }

  /** The ids of the newest calls that a person has to do with. */
  async callsOfPerson(personId: string): Promise<string[]> {
    const key = personKey(personId)
    const rows = await this.#tables.list<{ callId: string }>('callIndex', { from: key, to: key, limit: LOOK_BACK })
    return rows.map(({ value }) => value.callId)
  }

  async #add(partitionKey: string, callId: string, createdAt: number): Promise<void> {
    const rowKey = `${String(END_OF_TIME - createdAt).padStart(16, '0')}:${callId}`
    await this.#tables.write('callIndex', partitionKey, [{ type: 'put', rowKey, value: { callId } }])
  }
}

const applicationKey = (applicationId: string) => `application:${applicationId.toLowerCase()}`
const requestsKey = (applicationId: string) => `request:${applicationId.toLowerCase()}`
const personKey = (personId: string) => `person:${hashOf(personId.toLowerCase())}`
/** What others call something is free text of any length, and a key is neither (Azure Table Storage, data model). */
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
