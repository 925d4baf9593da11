/** The one kind of $filter that is understood: a property, `eq`, and a text. */
interface Filter {
  /** In lower case, for clients write it in any. */
  readonly property: string
  readonly value: string
}

/** Reads `$filter=Property eq 'text'`, where '' is one quote; undefined when there is none, or another kind. */
export function readFilter(query: URLSearchParams): Filter | undefined {
  const [, filter = ''] = [...query].find(([name]) => /^\$?filter$/i.test(name)) ?? []
  const [, property, value] = /^\s*([\w/]+)\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(filter) ?? []
  if (property === undefined || value === undefined) return undefined
  return { property: property.toLowerCase(), value: value.replaceAll("''", "'") }
}
