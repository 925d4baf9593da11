/** An HTTP function as far as routing sees it. */
export interface RoutedFunction {
  name: string
  /** Without it the route is the function's name. */
  route: string | undefined
  methods: string[]
}

/** A function that a request found, and the values of its route's parameters. */
export interface RouteMatch<F> {
  fn: F
  params: Record<string, string>
}

type Match = (path: string) => Record<string, string> | undefined
type Constraint = (value: string) => boolean
type Segment = { literal: string } | Parameter
interface Parameter {
  name: string
  catchAll: boolean
  optional: boolean
  constraints: Constraint[]
}

/**
 * Routes requests as the Functions host does: functions are tried in the order of their names, the first whose template
 * and method match gets the request (azure-functions-host, FunctionMetadataManager and WebScriptHostHttpRoutesManager).
 * A template the host would reject, or that this host cannot match, is an error.
 */
export function createRouter<F extends RoutedFunction>(
  functions: F[],
  routePrefix: string,
): (method: string, rawPath: string) => RouteMatch<F> | undefined {
  const routes = functions
    .toSorted((a, b) => (a.name.toUpperCase() < b.name.toUpperCase() ? -1 : 1))
    .map((fn) => ({ fn, methods: fn.methods.map((method) => method.toUpperCase()), ...compileRoute(fn, routePrefix) }))
  rejectDuplicates(routes)

  return (method, rawPath) => {
    const path = decodePath(rawPath)
    for (const { fn, methods, match } of routes) {
      const params = methods.includes(method) ? match(path) : undefined
      if (params) return { fn, params }
    }
    return undefined
  }
}

function compileRoute(fn: RoutedFunction, routePrefix: string): { template: string; match: Match } {
  const route = (fn.route || fn.name).replace(/^\/|\/$/g, '')
  // A plain string prefix: "administration" is rejected as well (azure-functions-host, ScriptHost.cs).
  if (/^(admin|runtime)/i.test(route))
    throw new Error(`${fn.name}: the route '${route}' conflicts with a built-in route`)
  const template = routePrefix ? `${routePrefix}/${route}` : route
  try {
    return { template, match: compileTemplate(template) }
  } catch (error) {
    throw new Error(`${fn.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** Two functions on one template and method (azure-functions-host, ScriptHost.cs: ValidateFunction). */
function rejectDuplicates(routes: { fn: RoutedFunction; methods: string[]; template: string }[]): void {
  for (const [index, route] of routes.entries()) {
    const same = routes.slice(0, index).find(({ template }) => template.toLowerCase() === route.template.toLowerCase())
    if (same?.methods.some((method) => route.methods.includes(method))) {
      throw new Error(`${route.fn.name}: the route '${route.template}' is already used by ${same.fn.name}`)
    }
  }
}

/**
 * Decodes a path once, except for an encoded slash and escapes that are not UTF-8, and resolves its dot segments: what
 * Kestrel does before routing.
 */
function decodePath(rawPath: string): string {
  const decoded = rawPath.replace(/(?:%(?!2f)[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
  const kept: string[] = []
  const segments = decoded.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') kept.pop()
    const isDots = segment === '.' || segment === '..'
    if (!isDots) kept.push(segment)
    else if (index === segments.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}

/** Compiles an ASP.NET Core route template of literal segments, `{p}`, `{p?}`, `{*rest}` and inline constraints. */
function compileTemplate(template: string): Match {
  const segments = parseTemplate(template)
  const hasCatchAll = segments.some((segment) => 'catchAll' in segment && segment.catchAll)
  return (path) => {
    const values = path === '/' ? [] : path.slice(1).split('/')
    // A path that begins with two slashes matches no route, and one trailing slash is ignored; both measured on
    // ASP.NET Core 10. Only a catch-all takes empty segments, and it keeps every slash.
    if (values[0] === '') return undefined
    if (!hasCatchAll && values.at(-1) === '') values.pop()
    if (!hasCatchAll && values.length > segments.length) return undefined
    return matchSegments(segments, values)
  }
}

function matchSegments(segments: Segment[], values: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = values[index]
    if ('literal' in segment) {
      if (value?.toUpperCase() !== segment.literal) return undefined
      continue
    }
    const text = segment.catchAll ? values.slice(index).join('/') : value
    if (text) {
      if (!segment.constraints.every((accepts) => accepts(text))) return undefined
      params[segment.name] = text
    } else {
      const mayBeAbsent = segment.catchAll ? segment.constraints.length === 0 : segment.optional && text === undefined
      if (!mayBeAbsent) return undefined
    }
  }
  return params
}

function parseTemplate(template: string): Segment[] {
  // Doubled braces inside a parameter stand for one brace of its regular expression.
  const next = /(\{(?:\{\{|\}\}|[^{}])+\}|[^/{}]+)(?:\/|$)/y
  const segments: Segment[] = []
  while (next.lastIndex < template.length) {
    const text = next.exec(template)?.[1]
    if (!text) throw new Error(`the local host cannot read the route template '${template}'`)
    segments.push(text.startsWith('{') ? parseParameter(text) : { literal: text.toUpperCase() })
  }
  return segments
}

function parseParameter(text: string): Parameter {
  const inner = text.slice(1, -1).replaceAll('{{', '{').replaceAll('}}', '}')
  const parts = /^(\*{0,2})([^*:=?]+)(.*?)(\??)$/s.exec(inner)
  if (!parts) throw new Error(`the local host cannot read the route parameter '${text}'`)
  const [, stars, name, constraints, optional] = parts as unknown as [string, string, string, string, string]
  return { name, catchAll: stars !== '', optional: optional !== '', constraints: parseConstraints(constraints) }
}

function parseConstraints(text: string): Constraint[] {
  // The argument ends at a parenthesis that another constraint or the end follows (ASP.NET Core, RouteParameterParser).
  const next = /:([a-z]+)(?:\((.*?)\)(?=:|$))?/giy
  const constraints: Constraint[] = []
  while (next.lastIndex < text.length) {
    const [, name, argument] = next.exec(text) ?? []
    if (!name) throw new Error(`the local host cannot read the route constraint '${text}'`)
    constraints.push(toConstraint(name.toLowerCase(), argument ?? ''))
  }
  return constraints
}

const GUID = /^(?:[\da-f]{32}|([({]?)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}[)}]?)$/i
const INT32_LIMIT = 2 ** 31

/** The inline constraints of ASP.NET Core that functions use. */
function toConstraint(name: string, argument: string): Constraint {
  const [first = 0, second = first] = argument.split(',').map(Number)
  switch (name) {
    case 'regex': {
      // A search that ignores case (ASP.NET Core, RegexRouteConstraint).
      const pattern = new RegExp(argument, 'i')
      return (value) => pattern.test(value)
    }
    case 'guid':
      return (value) => GUID.test(value)
    case 'int':
      return (value) => /^[+-]?\d+$/.test(value) && Number(value) >= -INT32_LIMIT && Number(value) < INT32_LIMIT
    case 'alpha':
      return (value) => /^[a-z]*$/i.test(value)
    case 'length':
      return (value) => value.length >= first && value.length <= second
    case 'minlength':
      return (value) => value.length >= first
    case 'maxlength':
      return (value) => value.length <= first
    default:
      throw new Error(`the local host does not know the route constraint '${name}'`)
  }
}
