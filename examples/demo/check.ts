/** A notification as far as its order goes. */
export interface Delivered {
  readonly call: string
  readonly sequence: number
  /** The same each time that a notification is sent again. */
  readonly id: string
  /** Such as `updated call established`. */
  readonly what: string
}

/** What the bot must be told of each call, in this order, and nothing else. The calls are in the order of their beginning. */
export const EXPECTED = {
  'the call that grows': [
    'created call incoming',
    'updated call establishing',
    'updated call established',
    'deleted operation completed',
    'updated participants of 3',
    'updated call terminated',
    'deleted call',
  ],
  'the second call': [
    'created call incoming',
    'updated call establishing',
    'updated call established',
    'updated call terminated',
    'deleted call',
  ],
  'the meeting': [
    'updated call establishing',
    'updated call established',
    'updated participants of 1',
    'deleted operation completed',
    'updated participants of 2',
    'deleted operation completed',
    'updated participants of 3',
    'updated call terminated',
    'deleted call',
  ],
  'the third call': [
    'created call incoming',
    'updated call establishing',
    'updated call established',
    'updated call terminated',
    'deleted call',
  ],
} as const

export interface Verdict {
  readonly name: string
  readonly call: string | undefined
  readonly expected: number
  readonly got: number
  /** A line for each thing that is missing, too much, different, or not in its place. Empty: all is right. */
  readonly differences: readonly string[]
}

/** Compares what was delivered, in the order of its arrival, with what must be. */
export function check(delivered: readonly Delivered[]): Verdict[] {
  const calls = [...new Set(delivered.map(({ call }) => call))]
  const expected = Object.entries<readonly string[]>(EXPECTED)
  return Array.from({ length: Math.max(calls.length, expected.length) }, (_, index) => {
    const [name, list] = expected[index] ?? ['a call that nobody made', []]
    const call = calls[index]
    const got = delivered.filter((one) => one.call === call)
    const differences = [...compareEach(got, list), ...findRepeated(got), ...findLate(got)]
    return { name, call, expected: list.length, got: got.length, differences }
  })
}

/** Each place is looked at by its number, so that one notification that is missing is one difference. */
function compareEach(got: readonly Delivered[], expected: readonly string[]): string[] {
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

function findRepeated(got: readonly Delivered[]): string[] {
  const byId = Map.groupBy(got, ({ id }) => id)
  return [...byId].flatMap(([id, same]) =>
    same.length === 1
      ? []
      : [`notification ${id} came ${same.length} times: ${same.map((one) => `#${one.sequence}`).join(', ')}`],
  )
}

function findLate(got: readonly Delivered[]): string[] {
  return got.flatMap(({ sequence }, index) => {
    const before = got[index - 1]
    return before && before.sequence > sequence ? [`#${sequence} came after #${before.sequence}`] : []
  })
}
