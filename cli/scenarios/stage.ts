import { randomUUID } from 'node:crypto'
import type { Entry, ListedEntry } from '../../shared/inspection/entries.js'
import type {
  CallPage,
  CallView,
  EventPage,
  NotificationView,
  PersonOfCall,
  PhoneCall,
  PhoneView,
} from '../../shared/inspection/views.js'
import { DEFAULT_TENANT } from '../bots.js'
import type { Client } from '../client.js'
import { ApiError } from '../errors.js'
import { readLogPosition } from '../events.js'
import { type Cast, isAction, listRequests, type Observation, type Roster } from './expectations.js'
import { type Expectation, type Scenario, toRequest } from './schema.js'

const NOT_FOUND = 404
/** As many as one request lists. Older calls have hardly anything to do with a bot any more. */
const MAX_EARLIER_CALLS = 100

/** What was there before a scenario. */
interface Start {
  /** The number of the last entry of the event log. */
  readonly last: number
  /** The ids of calls. */
  readonly earlier: readonly string[]
}

/** What a scenario knows of the service while it runs: its people, the calls of its bot, and what has happened. */
export class Stage {
  readonly applicationId: string
  readonly cast: Cast
  readonly #client: Client
  /** The entries of the bot since the scenario began. */
  readonly #botEntries: ListedEntry[] = []
  /** The calls of the bot since then, in the order in which they began. */
  readonly #callIds: string[] = []
  /** The calls that began before: the bot may still act in those of the last scenario. */
  readonly #earlierCallIds: ReadonlySet<string>
  readonly #namedCalls = new Map<string, string>()
  readonly #used = new Set<string>()
  readonly #bodies = new Map<number, unknown>()
  /** By call and sequence number. */
  readonly #rosters = new Map<string, Map<number, Roster>>()
  #currentCallId: string | undefined
  #last: number
  #since: number

  private constructor(client: Client, { bot, people }: Scenario, { last, earlier }: Start) {
    this.#earlierCallIds = new Set(earlier)
    this.#client = client
    this.applicationId = (bot.applicationId ?? randomUUID()).toLowerCase()
    this.cast = Object.fromEntries(
      Object.entries(people).map(([key, { id = randomUUID(), name = key }]) => [key, { id, name }]),
    )
    this.#last = last
    this.#since = last
  }

  /** Registers the bot of a scenario, and remembers where the event log ends. */
  static async open(client: Client, scenario: Scenario): Promise<Stage> {
    const { after: last } = await readLogPosition(client)
    const { calls } = await client.get<CallPage>(`/inspector/calls?limit=${MAX_EARLIER_CALLS}`)
    const stage = new Stage(client, scenario, { last, earlier: calls.map(({ id }) => id) })
    const { callback, dialect = 'communications' } = scenario.bot
    const path = `/bots/${stage.applicationId}`
    const known = await client.get<object>(path).catch(ignoreNotFound)
    const registration = known ?? { displayName: 'Bot', tenantId: DEFAULT_TENANT }
    await client.put(path, { ...registration, callingWebhook: callback, dialect })
    return stage
  }

  personOf(name: string): { readonly id: string; readonly name: string } {
    return this.cast[name] ?? { id: name, name }
  }

  /** The call that a step is about: the named one, or else the last one that a step has begun or named. */
  callIdOf(name: string | undefined): string | undefined {
    return name === undefined ? (this.#currentCallId ?? this.#callIds[0]) : this.#namedCalls.get(name)
  }

  /** Makes a call the one that later steps are about. */
  enterCall(callId: string, name: string | undefined): void {
    this.#currentCallId = callId
    if (name !== undefined) this.#namedCalls.set(name, callId)
  }

  /** Says that a request or a notification has met an expectation: it can meet no other one. */
  use(what: string): void {
    this.#used.add(what)
  }

  /** Says that a step has passed. */
  async endStep(): Promise<void> {
    await this.#readLog()
    this.#since = this.#last
  }

  /** The calls of a person with the bot of this scenario, the newest first; only the named one if there is a name. */
  async readPhone(personId: string, callName: string | undefined): Promise<readonly PhoneCall[]> {
    const query = new URLSearchParams({ userId: personId })
    const { calls } = await this.#client.get<PhoneView>(`/inspector/people/-?${query}`)
    await this.#readLog()
    const callId = callName === undefined ? undefined : this.callIdOf(callName)
    return calls.filter(
      (call) => this.#callIds.includes(call.callId) && (callName === undefined || call.callId === callId),
    )
  }

  readCall(callId: string): Promise<CallView> {
    return this.#client.get<CallView>(`/inspector/calls/${callId}`)
  }

  /** Reads what an expectation needs to be checked. */
  async observe(expectation: Expectation): Promise<Observation> {
    await this.#readLog()
    const callId = this.callIdOf(expectation.call)
    const call = callId === undefined ? undefined : await this.readCall(callId)
    const entries = call?.entries ?? []
    if (expectation.request !== undefined) await this.#readBodies(expectation.request, entries)
    const isAboutPeople = expectation.participants !== undefined || expectation.lobby !== undefined
    const rosters = callId !== undefined && isAboutPeople ? await this.#readRosters(callId, entries) : new Map()
    return {
      call,
      entries,
      botEntries: this.#botEntries,
      since: this.#since,
      used: this.#used,
      bodies: this.#bodies,
      rosters,
    }
  }

  /** The calls that the bot has had since the scenario began. */
  async listCalls(): Promise<readonly string[]> {
    await this.#readLog()
    return this.#callIds
  }

  async #readLog(): Promise<void> {
    let page: EventPage
    do {
      page = await this.#client.get<EventPage>(`/inspector/events?after=${this.#last}`)
      for (const entry of page.entries) this.#addEntry(entry)
      this.#last = page.last
    } while (page.entries.length > 0)
  }

  #addEntry(entry: ListedEntry): void {
    if (entry.applicationId?.toLowerCase() !== this.applicationId) return
    if (entry.callId !== undefined && this.#earlierCallIds.has(entry.callId)) return
    this.#botEntries.push(entry)
    if (entry.type === 'commit' && entry.from === undefined && entry.callId !== undefined) {
      this.#callIds.push(entry.callId)
    }
  }

  async #readBodies(expected: NonNullable<Expectation['request']>, entries: readonly ListedEntry[]): Promise<void> {
    const { action, body } = toRequest(expected)
    if (body === undefined) return
    const requests = listRequests([...entries, ...this.#botEntries])
    const wanted = requests.filter((request) => isAction(request, action) && !this.#bodies.has(request.number))
    for (const { number } of wanted) {
      const entry = await this.#client.get<Entry>(`/inspector/events/${number}`)
      this.#bodies.set(number, entry.type === 'request' ? parseJson(entry.message.body?.text) : undefined)
    }
  }

  /** The rosters that the bot was notified of since the previous step, and earlier ones that were read before. */
  async #readRosters(callId: string, entries: readonly ListedEntry[]): Promise<ReadonlyMap<number, Roster>> {
    const rosters = this.#rosters.get(callId) ?? new Map<number, Roster>()
    this.#rosters.set(callId, rosters)
    for (const entry of entries) {
      if (entry.type !== 'attempt' || entry.number <= this.#since || rosters.has(entry.sequence)) continue
      if (!entry.summary.startsWith('updated participants')) continue
      const path = `/inspector/calls/${callId}/notifications/${entry.sequence}`
      const { body } = await this.#client.get<NotificationView>(path)
      rosters.set(entry.sequence, readRoster(body))
    }
    return rosters
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== NOT_FOUND) throw error
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

interface RosterEntry {
  readonly info?: { readonly identity?: Readonly<Record<string, { readonly id?: string } | null>> }
  readonly isInLobby?: boolean
}

/** Reads the people of a notification with the whole roster. One with changes only has no list, and so no people. */
function readRoster(body: string): Roster {
  const { value = [] } = (parseJson(body) ?? {}) as { value?: { resourceData?: unknown }[] }
  const data = value[0]?.resourceData
  const roster: readonly RosterEntry[] = Array.isArray(data) ? data : []
  const people = roster.flatMap(({ info, isInLobby = false }) =>
    Object.entries(info?.identity ?? {}).flatMap(([kind, identity]) =>
      kind !== 'application' && identity?.id !== undefined ? { id: identity.id, isInLobby } : [],
    ),
  )
  const idsOf = (isInLobby: boolean) => people.filter((person) => person.isInLobby === isInLobby).map(({ id }) => id)
  return { inCall: idsOf(false), inLobby: idsOf(true) }
}

/** Whether a person is on the phone in a call. */
export const isOnThePhone = (state: PhoneCall['state'] | PersonOfCall['state']): boolean =>
  state === 'inCall' || state === 'onHold'
