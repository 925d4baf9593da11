/** What the order check reads of a notification. */
export interface Delivered {
  readonly call: string
  readonly sequence: number
  /** The id of the notification, which is the same on every attempt. */
  readonly id: string
  /** For example `call updated: established`. */
  readonly what: string
}

/** The notifications that the bot must get, in this order and no others. The calls are in the order of their start. */
export const EXPECTED = {
  'call 1': [
    'call created: incoming',
    'call updated: establishing',
    'call updated: established',
    'operation deleted: completed',
    'participants updated: 3',
    'call updated: terminated',
    'call deleted',
  ],
  'call 2': [
    'call created: incoming',
    'call updated: establishing',
    'call updated: established',
    'call updated: terminated',
    'call deleted',
  ],
  'the meeting': [
    'call updated: establishing',
    'call updated: established',
    'participants updated: 1',
    'operation deleted: completed',
    'participants updated: 2',
    'operation deleted: completed',
    'participants updated: 3',
    'call updated: terminated',
    'call deleted',
  ],
  'call 3': [
    'call created: incoming',
    'call updated: establishing',
    'call updated: established',
    'call updated: terminated',
    'call deleted',
  ],
} as const

export interface Verdict {
  readonly name: string
  readonly call: string | undefined
  readonly expected: number
  readonly got: number
  /** One line for each notification that is missing, unexpected, different or out of order. */
  readonly differences: readonly string[]
}

/** Compares the notifications, in the order of their arrival, with the expected ones. */
export function check(delivered: readonly Delivered[]): Verdict[] {
  const calls = [...new Set(delivered.map(({ call }) => call))]
  const expected = Object.entries<readonly string[]>(EXPECTED)
  return Array.from({ length: Math.max(calls.length, expected.length) }, (_, index) => {
    const [name, list] = expected[index] ?? ['an unexpected call', []]
    const call = calls[index]
    const got = delivered.filter((notification) => notification.call === call)
    const differences = [...compareBySequence(got, list), ...findDuplicates(got), ...findOutOfOrder(got)]
    return { name, call, expected: list.length, got: got.length, differences }
  })
}

/** Returns whether every call was delivered as expected. */
export const isCorrect = (verdicts: readonly Verdict[]): boolean =>
  verdicts.every(({ differences }) => differences.length === 0)

/** Compares by sequence number, so that one missing notification is one difference. */
function compareBySequence(got: readonly Delivered[], expected: readonly string[]): string[] {
  const numbers = new Set([...expected.map((_, index) => index + 1), ...got.map(({ sequence }) => sequence)])
  return [...numbers]
    .toSorted((a, b) => a - b)
    .flatMap((number) => {
      const want = expected[number - 1] ?? 'nothing'
      const have = got.filter(({ sequence }) => sequence === number).map(({ what }) => what)
      if (have.length === 1 && have[0] === want) return []
      return [`#${number} expected: ${want.padEnd(WIDTH)} got: ${have.join(', then ') || 'nothing'}`]
    })
}

const WIDTH = Math.max(...Object.values(EXPECTED).flatMap((list) => list.map((what) => what.length)))

function findDuplicates(got: readonly Delivered[]): string[] {
  const byId = Map.groupBy(got, ({ id }) => id)
  return [...byId].flatMap(([id, same]) => {
    if (same.length === 1) return []
    const numbers = same.map(({ sequence }) => `#${sequence}`).join(', ')
    return [`notification ${id} was delivered ${same.length} times: ${numbers}`]
  })
}

function findOutOfOrder(got: readonly Delivered[]): string[] {
  return got.flatMap(({ sequence }, index) => {
    const previous = got[index - 1]
    return previous && previous.sequence > sequence ? [`#${sequence} arrived after #${previous.sequence}`] : []
  })
}
