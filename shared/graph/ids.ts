const GUID = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i

/** The lower-case dashed form of a GUID in any spelling, as all our keys are; undefined when it is none. */
export function parseGuid(text: string): string | undefined {
  if (!GUID.test(text)) return undefined
  const hex = text.replaceAll('-', '').toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** As the calls API spelled ids in 2019: 32 upper-case hex digits. */
export const upperHex = (guid: string): string => guid.replaceAll('-', '').toUpperCase()
