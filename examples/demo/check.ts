/** A notification as far as its order goes. */
export interface Delivered {
  readonly call: string
  readonly sequence: number
  /** Such as `updated call established`. */
  readonly what: string
}

/** What the bot must be told of each call, in this order, and nothing else. */
export const EXPECTED = {
  'the answered call': [
    'created call incoming',
    'updated call establishing',
    'updated call established',
    'deleted operation completed',
    'updated participants of 3',
    'updated call terminated',
    'deleted call',
  ],
  'the meeting': [
    'updated call establishing',
    'updated call established',
    'updated participants of 1',
    'updated call terminated',
    'deleted call',
  ],
} as const

export interface Verdict {
  readonly name: string
  readonly call: string | undefined
  /** A line for each place in the sequence where something is missing, too much, or something else. Empty: all is right. */
  readonly differences: readonly string[]
}

/** Compares what was delivered, in the order of its arrival, with what must be. Calls are told apart by their first word. */
export function check(delivered: readonly Delivered[]): Verdict[] {
  const calls = [...new Set(delivered.map(({ call }) => call))]
  const names = Object.keys(EXPECTED) as (keyof typeof EXPECTED)[]
  const verdicts = names.map((name, index): Verdict => {
    const call = calls[index]
    const got = delivered.filter((one) => one.call === call)
    return { name, call, differences: compare(got, EXPECTED[name]) }
  })
  const unexpected = calls.slice(names.length).map((call): Verdict => {
    const got = delivered.filter((one) => one.call === call)
    return { name: 'a call that nobody made', call, differences: compare(got, []) }
  })
  return [...verdicts, ...unexpected]
}

function compare(got: readonly Delivered[], expected: readonly string[]): string[] {
  const places = Array.from({ length: Math.max(got.length, expected.length) }, (_, index) => index)
  return places.flatMap((index) => {
    const want = expected[index] === undefined ? 'nothing' : `${index + 1} ${expected[index]}`
    const one = got[index]
    const have = one ? `${one.sequence} ${one.what}` : 'nothing'
    return want === have ? [] : [`expected ${want}, got ${have}`]
  })
}
