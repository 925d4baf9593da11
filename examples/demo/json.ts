/** Formats JSON compactly: a value that fits in the width stays on one line, and short members share a line. */
export function formatJson(value: unknown, width: number, label = ''): string[] {
  const flat = label + inline(value)
  if (flat.length <= width || typeof value !== 'object' || value === null) return [flat]
  const isList = Array.isArray(value)
  const members = Object.entries(value).map(([key, member], index, all) => {
    const lines = formatJson(member, width - 4, isList ? '' : `${JSON.stringify(key)}: `)
    return index < all.length - 1 ? lines.with(-1, `${lines.at(-1)},`) : lines
  })
  const [first = '', ...rest] = fill(members, width - 4)
  // The brackets share lines with members. The label of a long value is on the line above the value.
  const lines = [`${isList ? '[' : '{'} ${first}`, ...rest.map((line) => `  ${line}`)]
  const closed = lines.with(-1, `${lines.at(-1)} ${isList ? ']' : '}'}`)
  return label === '' ? closed : [label.trimEnd(), ...closed.map((line) => `  ${line}`)]
}

/** Formats JSON on one line, with a space after each colon and comma. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${inline(member)}`)
    .join(', ')}}`
}

/** Joins members of one line each, as long as they fit in the width. */
export function fill(members: readonly string[][], width: number, separator = ' '): string[] {
  const lines: string[] = []
  let isOpen = false
  for (const member of members) {
    const [first = '', ...rest] = member
    const joined = `${lines.at(-1)}${separator}${first}`
    if (isOpen && rest.length === 0 && joined.length <= width) lines[lines.length - 1] = joined
    else lines.push(...member)
    isOpen = rest.length === 0
  }
  return lines
}
