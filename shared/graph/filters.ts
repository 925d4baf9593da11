/** The only supported $filter: a property, `eq`, and a string. */
interface Filter {
  /** In lower case, because clients differ in the case. */
  readonly property: string
  readonly value: string
}

/** Reads `$filter=Property eq 'text'`, where '' stands for one quote; undefined if there is no filter of this form. */
export function readFilter(query: URLSearchParams): Filter | undefined {
  const [, filter = ''] = [...query].find(([name]) => /^\$?filter$/i.test(name)) ?? []
  const [, property, value] = /^\s*([\w/]+)\s+eq\s+'((?:[^']|'')*)'\s*$/i.exec(filter) ?? []
  if (property === undefined || value === undefined) return undefined
  return { property: property.toLowerCase(), value: value.replaceAll("''", "'") }
}
