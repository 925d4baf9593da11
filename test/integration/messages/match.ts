/**
 * Compares a message with its fixture, which must have the same keys. In the strings of a fixture, `{name:hex}` stands
 * for 32 upper-case hex digits, `{name:guid}` for a lower-case GUID with dashes, `{name:number}`, `{name:time}` and
 * `{name:instant}` for digits, a time and a time with fractions, and `{name:text}` for text without spaces. A name
 * stands for the same text in all messages that share `names`, except `_`, whose text may differ.
 *
 * @returns a line for each difference; empty without any
 */
export function findDifferences(
  actual: unknown,
  fixture: unknown,
  names: Map<string, string>,
  path = '$',
): readonly string[] {
  if (typeof fixture === 'string' && typeof actual === 'string') {
    return matches(actual, fixture, names) ? [] : [`${path}: ${actual} is not ${fixture}`]
  }
  if (typeof fixture !== 'object' || fixture === null || typeof actual !== 'object' || actual === null) {
    return actual === fixture ? [] : [`${path}: ${JSON.stringify(actual)} is not ${JSON.stringify(fixture)}`]
  }
  if (Array.isArray(fixture) !== Array.isArray(actual)) return [`${path}: only one of them is an array`]
  const [have, want] = [actual as Record<string, unknown>, fixture as Record<string, unknown>]
  const keys = new Set([...Object.keys(have), ...Object.keys(want)])
  return [...keys].flatMap((key) => {
    if (!(key in want)) return [`${path}.${key}: is not in the fixture`]
    if (!(key in have)) return [`${path}.${key}: is missing`]
    return findDifferences(have[key], want[key], names, `${path}.${key}`)
  })
}

const PATTERNS: Record<string, string> = {
  hex: '[0-9A-F]{32}',
  guid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  number: '\\d+',
  text: '\\S+',
  instant: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z',
  time: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ',
}

function matches(actual: string, fixture: string, names: Map<string, string>): boolean {
  const found: string[] = []
  const pattern = fixture.split(/(\{\w+:\w+\})/).map((part) => {
    const [, name, kind = ''] = /^\{(\w+):(\w+)\}$/.exec(part) ?? []
    if (!name) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    found.push(name)
    return `(${names.get(name) ?? PATTERNS[kind]})`
  })
  const values = new RegExp(`^${pattern.join('')}$`).exec(actual)?.slice(1)
  if (!values) return false
  for (const [index, name] of found.entries()) if (name !== '_') names.set(name, values[index] ?? '')
  return true
}
