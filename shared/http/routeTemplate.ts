/** One segment of a path: one of the fixed words, a parameter, or both. Words are compared without regard to case. */
type Segment =
  | { readonly name: string; readonly words?: undefined }
  | { readonly words: readonly string[]; readonly name?: string }

/**
 * A path template such as `{version:beta|v1.0}/{area:app|communications}/calls/{callId}`: words, `{parameters}`, and
 * parameters that must be one of a few words. It matches paths, and provides the route for the Functions host.
 */
export class RouteTemplate {
  readonly text: string
  readonly segments: readonly Segment[]

  constructor(text: string) {
    this.text = text
    this.segments = text.split('/').map(parseSegment)
  }

  /** Returns the parameters of a path, percent-decoded; undefined without a match. Doubled slashes count as one. */
  match(pathname: string): Record<string, string> | undefined {
    const parts = pathname.split('/').filter(Boolean)
    if (parts.length !== this.segments.length) return undefined
    const parameters: Record<string, string> = {}
    for (const [index, segment] of this.segments.entries()) {
      const part = decode(parts[index] ?? '')
      if (segment.words && !segment.words.some((word) => word.toLowerCase() === part.toLowerCase())) return undefined
      if (segment.name) parameters[segment.name] = part
    }
    return parameters
  }

  /**
   * The route template of ASP.NET Core. A choice of words becomes a regex constraint: without it, the first function in
   * the order of names would match the paths of others.
   */
  get aspNetTemplate(): string {
    const write = ({ name, words }: Segment) => {
      if (!name) return words?.[0] ?? ''
      if (!words) return `{${name}}`
      return `{${name}:regex(${words.map((word) => `^${word.replaceAll('.', '\\.')}$`).join('|')})}`
    }
    return this.segments.map(write).join('/')
  }
}

function parseSegment(text: string): Segment {
  const [, name, words] = /^\{(\w+)(?::(.+))?\}$/.exec(text) ?? []
  if (!name) return { words: [text] }
  return words === undefined ? { name } : { name, words: words.split('|') }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
