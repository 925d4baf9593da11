import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toDiagram } from '../../../shared/inspection/diagram.js'
import type { Entry, InspectedEvent } from '../../../shared/inspection/entries.js'
import { PROPERTY_RUNS } from '../../support/sizes.js'
import {
  attempt,
  BOT_ID,
  CALL_ID,
  CALL_PATH,
  callWith,
  commit,
  deadLetter,
  logOf,
  people,
  person,
  reply,
  request,
  wholeCall,
} from './callLog.js'

/** Few, because long texts take long to draw and to compare. */
const HOSTILE_RUNS = 100
const call = callWith(people)
const BOT = `bot:${BOT_ID}`
const rowsOf = (...events: readonly (readonly [at: number, event: InspectedEvent])[]) =>
  toDiagram(logOf(...events), call).rows

test('a whole call is told in the order of its messages', () => {
  const { lanes, rows } = toDiagram(wholeCall, call)
  expect(lanes).toEqual([
    { id: BOT, title: 'My bot', kind: 'bot' },
    { id: 'ringback', title: 'Ringback', kind: 'ringback' },
    { id: 'person:heidi', title: 'Heidi Steen', kind: 'person' },
    { id: 'person:amar', title: 'Amar', kind: 'person' },
  ])
  expect(rows.map(({ label, result, outcome }) => [label, result, outcome].join(' | '))).toEqual([
    'Heidi Steen calls the bot | 201 | ok',
    '#1 created call incoming | 202 | ok',
    'POST answer | 202 | ok',
    '#2 updated call establishing | 202 | ok',
    '#3 updated call established | 202 | ok',
    'POST participants/invite | 200 | ok',
    'rings |  | none',
    'Amar answers |  | none',
    '#4 deleted operations completed | 202 | ok',
    '#5 updated participants 3 | 202 | ok',
    '#6 updated call established | 202 | ok',
    'Heidi Steen leaves | 200 | ok',
    '#7 deleted call terminated | ECONNREFUSED, dead-lettered | failed',
  ])
})

test('a commit that is logged late is drawn in its place', () => {
  const rows = rowsOf(
    [0, commit('ringTimedOut', { notifications: [2, 2] })],
    [0, attempt(1)],
    [0, attempt(2)],
    [0, commit('promptFinished', { notifications: [1, 1] })],
  )
  expect(rows.map(({ key }) => key)).toEqual(['change:4', 'notification:1', 'change:1', 'notification:2'])
})

test('a reply joins its request, and a request without a reply is waiting', () => {
  const requested = request('call-answer', `${CALL_PATH}/answer`)
  const [waiting] = rowsOf([7, requested])
  expect(waiting).toEqual({
    key: 'request:1',
    at: 7,
    kind: 'request',
    from: BOT,
    to: 'ringback',
    label: 'POST answer',
    result: 'no reply yet',
    outcome: 'waiting',
    entries: [1],
  })
  const [failed] = rowsOf([7, requested], [9, reply(1, 409, '8501')])
  expect(failed).toEqual({ ...waiting, result: '409, 8501', outcome: 'failed', durationMs: 5, entries: [1, 2] })
})

test('the label of a request is what it does to the call', () => {
  const labelOf = (method: string, path: string) => rowsOf([0, request('any', path, method)])[0]?.label
  expect(labelOf('POST', '/app/calls')).toBe('POST calls')
  expect(labelOf('DELETE', CALL_PATH)).toBe('DELETE call')
  expect(labelOf('GET', `//beta//app//calls/${CALL_ID.replaceAll('-', '').toUpperCase()}/?$select=id`)).toBe('GET call')
  expect(labelOf('POST', `${CALL_PATH}/microsoft.graph.playPrompt`)).toBe('POST playPrompt')
  expect(labelOf('GET', `${CALL_PATH}/operations/${BOT_ID}`)).toBe('GET operations/00a8b1e6...7c11')
  expect(labelOf('POST', '/v1.0/communications/calls/logTeleconferenceDeviceQuality')).toContain('calls/log')
  expect(labelOf('POST', '/deliveries/replay')).toBe('POST deliveries/replay')
})

test('the attempts at a notification are one row', () => {
  const failed = attempt(3, { status: 503, fault: 'status', nextAttemptAt: 4_110 })
  const [waiting] = rowsOf([100, failed])
  expect(waiting).toMatchObject({
    key: 'notification:3',
    at: 100,
    from: 'ringback',
    to: BOT,
    result: '503 (fault), retry in 4 s',
    outcome: 'waiting',
    isFault: true,
  })
  const rows = rowsOf([100, failed], [4_110, attempt(3)])
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ key: 'notification:3', at: 100, result: '202', outcome: 'ok', sequence: 3 })
  expect(rows[0]?.attempts).toEqual([
    { at: 100, durationMs: 10, status: 503, nextAttemptAt: 4_110, fault: 'status' },
    { at: 4_110, durationMs: 10, status: 202 },
  ])
})

test('a request that gets a fault says so, and one whose reply is lost has acted', () => {
  const rows = rowsOf(
    [0, request('call-answer', `${CALL_PATH}/answer`)],
    [5, commit('answer')],
    [10, { ...reply(1, 504, 'serviceNotAvailable'), fault: 'replyLost' } as InspectedEvent],
    [20, request('call-get', CALL_PATH, 'GET')],
    [30, { ...reply(4, 200), fault: 'delay' } as InspectedEvent],
  )
  expect(rows).toMatchObject([
    { label: 'POST answer', result: '504 (fault: reply lost), serviceNotAvailable', outcome: 'failed', isFault: true },
    { label: 'GET call', result: '200 (fault: delayed)', outcome: 'ok', isFault: true },
  ])
})

test('a notification comes after the commit that has it, even if the entry of the commit is later', () => {
  const rows = rowsOf([105, attempt(1)], [107, commit('promptFinished', { notifications: [1, 1] })])
  expect(rows.map(({ label, at }) => [label, at])).toEqual([
    ['prompt finished', 105],
    ['#1 updated call established', 105],
  ])
})

test('at the same time, rows are in the order of the commits', () => {
  const rows = rowsOf(
    [5, attempt(2)],
    [5, attempt(1)],
    [5, commit('promptFinished', { notifications: [1, 1] })],
    [5, commit('ringTimedOut', { notifications: [2, 2], rings: ['amar'] })],
  )
  expect(rows.map(({ label }) => label)).toEqual([
    'prompt finished',
    '#1 updated call established',
    'ring timed out',
    'rings',
    '#2 updated call established',
  ])
})

test('what no request has caused is a change of Ringback, with the new state', () => {
  const [row] = rowsOf([0, commit('ringTimedOut', { from: 'established', to: 'terminated' })])
  expect(row).toEqual({
    key: 'change:1',
    at: 0,
    kind: 'change',
    from: 'ringback',
    to: 'ringback',
    label: 'ring timed out',
    result: 'terminated',
    outcome: 'none',
    entries: [],
  })
})

test('a timer that is due during a request has its own row', () => {
  const rows = rowsOf(
    [0, request('call-mute', `${CALL_PATH}/mute`)],
    [1, commit('promptFinished')],
    [2, commit('mute')],
    [3, reply(1, 200)],
  )
  expect(rows.map(({ label }) => label)).toEqual(['POST mute', 'prompt finished'])
})

test('overlapping requests have caused their commits', () => {
  const rows = rowsOf(
    [0, request('call-mute', `${CALL_PATH}/mute`)],
    [1, request('call-unmute', `${CALL_PATH}/unmute`)],
    [2, commit('unmute')],
    [3, reply(2, 200)],
    [4, commit('mute')],
    [5, reply(1, 200)],
  )
  expect(rows.map(({ label }) => label)).toEqual(['POST mute', 'POST unmute'])
})

test('a person answers by a request or by themselves', () => {
  const answers = commit('personAnswers', { personId: 'amar' })
  const requested = request('simulator-person-act', '/simulator/people/AMAR/Answer')
  const byRequest = rowsOf([0, requested], [1, answers], [2, reply(1, 200)])
  expect(byRequest).toMatchObject([
    { kind: 'action', from: 'person:amar', to: 'ringback', label: 'Amar answers', result: '200', entries: [1, 3] },
  ])
  const byThemselves = rowsOf([0, answers])
  expect(byThemselves).toMatchObject([
    { kind: 'action', from: 'person:amar', to: 'ringback', label: 'Amar answers', outcome: 'none', entries: [] },
  ])
  const refused = rowsOf([0, requested], [1, answers], [2, reply(1, 409)])
  expect(refused.map(({ result }) => result)).toEqual(['409', ''])
})

test('the id of a person is read from the path, or from the commit when the path has none', () => {
  const fromOf = (path: string, personId?: string) =>
    rowsOf(
      [0, request('simulator-person-press', path)],
      [1, commit('personPresses', personId === undefined ? {} : { personId })],
    )[0]?.from
  expect(fromOf('/simulator/people/%2B49%20171%2F5/press')).toBe('person:+49 171/5')
  expect(fromOf('/simulator/people/100%/press')).toBe('person:100%')
  expect(fromOf('/simulator/people/-/press', '..')).toBe('person:..')
  expect(fromOf('/simulator/people/-/press')).toBe('person:-')
})

test('the caller is the person in the commit, and else the first person in the call', () => {
  const placed = request('simulator-call-place', '/simulator/calls')
  const withPerson = rowsOf([0, placed], [1, commit('incoming', { personId: 'amar' })])
  expect(withPerson[0]).toMatchObject({ from: 'person:amar', label: 'Amar calls the bot' })
  expect(rowsOf([0, placed], [1, commit('incoming')])[0]).toMatchObject({ from: 'person:heidi' })
  const { lanes } = toDiagram(logOf([0, placed]), callWith([]))
  expect(lanes[2]).toMatchObject({ title: 'A person' })
})

test('people have lanes in the order of their appearance, with shortened ids when they have no name', () => {
  const id = '8a34a46b-3d17-4adc-8dce-dc4e7d572698'
  const log = logOf([0, commit('invite', { rings: [id, 'amar'] })])
  const { lanes } = toDiagram(log, callWith([person('amar', 'Amar'), person(id, id)], { botName: undefined }))
  expect(lanes.map(({ title }) => title)).toEqual(['00a8b1e6...7c11', 'Ringback', '8a34a46b...2698', 'Amar'])
})

test('a dead letter marks its notification as failed until a replay delivers it', () => {
  const failed = [0, attempt(4, { error: 'timeout' })] as const
  expect(rowsOf(failed, [1, deadLetter(4)])).toMatchObject([{ result: 'timeout, dead-lettered', outcome: 'failed' }])
  const replayed = rowsOf(failed, [1, deadLetter(4)], [2, attempt(4)])
  expect(replayed).toMatchObject([{ result: '202', outcome: 'ok' }])
  const retried = rowsOf(failed, [1, deadLetter(4)], [2, attempt(4, { status: 500, nextAttemptAt: 1_012 })])
  expect(retried).toMatchObject([{ result: '500, retry in 1 s', outcome: 'waiting' }])
})

test('a dead letter without an attempt has a row', () => {
  expect(rowsOf([8, deadLetter(2)])).toMatchObject([
    { key: 'notification:2', at: 8, label: '#2', result: 'dead-lettered', outcome: 'failed', attempts: [] },
  ])
})

test('when the rest of a call is dead-lettered, its later notifications are too', () => {
  const rows = rowsOf(
    [0, commit('promptFinished', { notifications: [1, 3] })],
    [1, attempt(1)],
    [2, attempt(2, { status: 410 })],
    [3, deadLetter(2, true)],
    [9, commit('promptFinished', { notifications: [4, 4] })],
  )
  const notifications = rows.filter(({ kind }) => kind === 'notification')
  expect(notifications.map(({ sequence, at, result }) => [sequence, at, result])).toEqual([
    [1, 1, '202'],
    [2, 2, '410, dead-lettered'],
    [3, 3, 'dead-lettered'],
    [4, 9, 'dead-lettered'],
  ])
})

test('after a restart, only the stored attempts are known', () => {
  const stored = logOf(
    [0, attempt(1)],
    [10, attempt(2, { status: 503, nextAttemptAt: 2_000 })],
    [2_000, attempt(2, { status: 503 })],
    [2_000, deadLetter(2)],
  ).map((entry) => ({ ...entry, number: 0 }))
  const { lanes, rows } = toDiagram(stored.toReversed(), call)
  expect(lanes.map(({ kind }) => kind)).toEqual(['bot', 'ringback'])
  expect(rows.map(({ key, result }) => [key, result])).toEqual([
    ['notification:1', '202'],
    ['notification:2', '503, dead-lettered'],
  ])
})

test('a call without entries has the lanes of the bot and Ringback', () => {
  expect(toDiagram([], call)).toMatchObject({ lanes: [{ id: BOT }, { id: 'ringback' }], rows: [] })
})

test('titles and labels are single lines, whatever the names are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (id, name) => {
      const hostile = `a\n\u2028\u202e${name}\r;"'<script>`
      const log = logOf(
        [0, commit('personLeaves', { personId: id, rings: [`${id}\u0085x`] })],
        [1, attempt(1, { summary: hostile, error: hostile })],
        [2, request('simulator-person-act', `/simulator/people/${encodeURIComponent(id.toWellFormed())}/${name}`)],
      )
      const { lanes, rows } = toDiagram(log, callWith([person(id, hostile)], { botName: hostile }))
      const texts = [...lanes.map(({ title }) => title), ...rows.flatMap(({ label, result }) => [label, result])]
      for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u)
      for (const { title } of lanes) expect(title).not.toBe('')
    }),
    { numRuns: HOSTILE_RUNS },
  )
})

// Random calls. An event of a call has its time, and the entries that are surely before its own.

interface PlannedEvent {
  readonly at: number
  readonly event: InspectedEvent
  readonly after: readonly number[]
}
type StepType = 'request' | 'failedRequest' | 'read' | 'action' | 'timer' | 'automaticAnswer'
interface Step {
  readonly type: StepType
  readonly notifications: number
  readonly retries: number
  readonly isDeadLettered: boolean
  /** How much later than its time a commit is logged. */
  readonly delayMs: number
}
const anyStep: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom<StepType>('request', 'failedRequest', 'read', 'action', 'timer', 'automaticAnswer'),
  notifications: fc.nat(2),
  retries: fc.nat(2),
  isDeadLettered: fc.boolean(),
  delayMs: fc.nat(200),
})
const STEP_MS = 1_000

/** Plans the log of a call: the requests and commits of each step, and the attempts at its notifications. */
class Plan {
  readonly events: PlannedEvent[] = []
  #lastCommit: number | undefined
  #lastAttempt: number | undefined
  #sequence = 0
  #freeAt = 0

  addStep({ type, notifications, retries, isDeadLettered, delayMs }: Step): void {
    const at = this.events.length * STEP_MS
    const requested = this.#addRequest(type, at)
    const first = this.#sequence + 1
    const hasCommit = type !== 'failedRequest' && type !== 'read'
    if (hasCommit) {
      this.#sequence += notifications
      const range = notifications > 0 ? { notifications: [first, this.#sequence] as const } : {}
      const committed = commit(COMMANDS[type], { ...range, ...(PEOPLE_STEPS.includes(type) && { personId: 'amar' }) })
      this.#lastCommit = this.#add(at + 10 + delayMs, committed, [requested, this.#lastCommit])
      for (let sequence = first; sequence <= this.#sequence; sequence += 1) {
        this.#addDelivery(sequence, at + 20, retries, { isDeadLettered, requested })
      }
    }
    if (requested === undefined) return
    const status = type === 'failedRequest' ? 409 : 200
    this.#add(at + 300, reply(requested, status), [requested, hasCommit ? this.#lastCommit : undefined])
  }

  #addRequest(type: StepType, at: number): number | undefined {
    if (type === 'timer' || type === 'automaticAnswer') return undefined
    if (type === 'action') return this.#add(at, request('simulator-person-act', '/simulator/people/amar/mute'))
    const method = type === 'read' ? 'GET' : 'POST'
    return this.#add(at, request('call-mute', `${CALL_PATH}/mute`, method))
  }

  #addDelivery(
    sequence: number,
    at: number,
    retries: number,
    { isDeadLettered, requested }: { isDeadLettered: boolean; requested: number | undefined },
  ): void {
    this.#freeAt = Math.max(this.#freeAt + 1, at)
    for (let tried = 0; tried <= retries; tried += 1) {
      const isLast = tried === retries
      const failed = { status: 503, ...(!isLast && { nextAttemptAt: this.#freeAt + STEP_MS }) }
      const event = attempt(sequence, isLast && !isDeadLettered ? {} : failed)
      this.#lastAttempt = this.#add(this.#freeAt, event, [requested, this.#lastAttempt])
      if (!isLast) this.#freeAt += STEP_MS
    }
    if (isDeadLettered) this.#lastAttempt = this.#add(this.#freeAt, deadLetter(sequence), [this.#lastAttempt])
  }

  #add(at: number, event: InspectedEvent, after: readonly (number | undefined)[] = []): number {
    return this.events.push({ at, event, after: after.filter((index) => index !== undefined) }) - 1
  }
}

const PEOPLE_STEPS: readonly StepType[] = ['action', 'automaticAnswer']
const COMMANDS: Readonly<Record<Exclude<StepType, 'failedRequest' | 'read'>, string>> = {
  request: 'mute',
  action: 'personMutes',
  timer: 'promptFinished',
  automaticAnswer: 'personAnswers',
}

const planCall = (steps: readonly Step[]): readonly PlannedEvent[] => {
  const plan = new Plan()
  for (const step of steps) plan.addStep(step)
  return plan.events
}

/** Numbers the events in an order that keeps causality, which `choices` selects. */
function numberEvents(planned: readonly PlannedEvent[], choices: readonly number[]): Entry[] {
  const numbers = new Map<number, number>()
  const entries: Entry[] = []
  while (entries.length < planned.length) {
    const ready = [...planned.entries()].filter(
      ([index, { after }]) => !numbers.has(index) && after.every((earlier) => numbers.has(earlier)),
    )
    const chosen = ready[(choices[entries.length % Math.max(1, choices.length)] ?? 0) % ready.length]
    if (!chosen) throw new Error('expected the causes of the planned events to form no circle')
    const [index, { at, event }] = chosen
    const number = entries.length + 1
    numbers.set(index, number)
    const known = event.type === 'reply' ? { ...event, request: numbers.get(event.request) ?? 0 } : event
    entries.push({ ...known, number, at, callId: CALL_ID })
  }
  return entries
}

/** The rows without the numbers of entries. */
const drawUnnumbered = (entries: readonly Entry[]) =>
  toDiagram(entries, call).rows.map(({ key: _, entries: __, ...row }) => row)

const anyCall = fc.array(anyStep, { maxLength: 6 }).map(planCall)
const anyChoices = fc.array(fc.nat(1_000), { maxLength: 40 })

test('each order of entries that keeps causality gives the same rows', () => {
  fc.assert(
    fc.property(anyCall, anyChoices, (planned, choices) => {
      expect(drawUnnumbered(numberEvents(planned, choices))).toEqual(drawUnnumbered(numberEvents(planned, [])))
    }),
    { numRuns: PROPERTY_RUNS },
  )
})

test('the order in which entries arrive makes no difference', () => {
  const anyArrival = fc
    .tuple(anyCall, anyChoices)
    .map(([planned, choices]) => numberEvents(planned, choices))
    .chain((entries) => fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })))
  fc.assert(
    fc.property(anyArrival, ([entries, arrived]) => {
      expect(toDiagram(arrived, call)).toEqual(toDiagram(entries, call))
    }),
    { numRuns: PROPERTY_RUNS },
  )
})

test('each attempt and each request is in exactly one row, and each notification is behind its commit', () => {
  fc.assert(
    fc.property(anyCall, anyChoices, (planned, choices) => {
      const entries = numberEvents(planned, choices)
      const { rows } = toDiagram(entries, call)
      const timesOf = (drawn: readonly { at: number }[]) => drawn.map(({ at }) => at).toSorted((a, b) => a - b)
      const attempts = entries.filter(({ type }) => type === 'attempt')
      expect(timesOf(rows.flatMap((row) => row.attempts ?? []))).toEqual(timesOf(attempts))
      const numbers = entries.filter(({ type }) => type === 'request' || type === 'reply').map(({ number }) => number)
      expect(rows.flatMap((row) => row.entries).toSorted((a, b) => a - b)).toEqual(numbers)
      expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
      expect(timesOf(rows)).toEqual(rows.map(({ at }) => at))
      for (const changed of entries.filter((entry) => entry.type === 'commit')) {
        const place = rows.findIndex(({ key }) => key === `change:${changed.number}`)
        const [first = Number.POSITIVE_INFINITY, last = 0] = changed.notifications ?? []
        const places = [...rows.entries()].filter(([, { sequence = 0 }]) => sequence >= first && sequence <= last)
        for (const [index] of places) expect(index).toBeGreaterThan(place)
      }
    }),
    { numRuns: PROPERTY_RUNS },
  )
})
