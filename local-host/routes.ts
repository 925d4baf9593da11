import { UserError } from '../hosting/userError.js'

/** The part of an HTTP function that routing needs. */
export interface RoutedFunction {
  name: string
  /** Defaults to the function's name. */
  route: string | undefined
  methods: string[]
}

/** The function that a request is routed to, and the values of its route's parameters. */
export interface RouteMatch<F> {
  fn: F
  params: Record<string, string>
}

type Match = (path: string) => Record<string, string> | undefined
type Constraint = (value: string) => boolean
/** `literal` is in upper case, because literals match without regard to case. */
type Segment = { literal: string } | Parameter
interface Parameter {
  name: string
  isCatchAll: boolean
  isOptional: boolean
  constraints: Constraint[]
}

/**
 * Routes requests as the Functions host does: functions are tried in the order of their names, and the first one whose
 * template and method match gets the request (azure-functions-host, FunctionMetadataManager and
 * WebScriptHostHttpRoutesManager).
 * @throws UserError for a template that the Functions host rejects or that this host does not support
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
  // The check is for a prefix, so "administration" is rejected as well (azure-functions-host, ScriptHost.cs).
  if (/^(admin|runtime)/i.test(route)) {
    throw new UserError(`${fn.name}: the route '${route}' conflicts with a built-in route. Choose another one.`)
  }
  const template = routePrefix ? `${routePrefix}/${route}` : route
  try {
    return { template, match: compileTemplate(template) }
  } catch (error) {
    throw new UserError(`${fn.name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

/** Rejects two functions with the same template and method (azure-functions-host, ScriptHost.cs: ValidateFunction). */
function rejectDuplicates(routes: { fn: RoutedFunction; methods: string[]; template: string }[]): void {
  for (const [index, route] of routes.entries()) {
    const key = route.template.toLowerCase()
    const earlier = routes.slice(0, index).find(({ template }) => template.toLowerCase() === key)
    if (earlier?.methods.some((method) => route.methods.includes(method))) {
      throw new UserError(
        `${route.fn.name}: the route '${route.template}' is already used by ${earlier.fn.name}. Choose another one.`,
      )
    }
  }
}

/**
 * Decodes a path once, except for encoded slashes and escapes that are not UTF-8, and resolves its dot segments, as
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
  const resolved: string[] = []
  const segments = decoded.slice(1).split('/')
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') resolved.pop()
    const isDots = segment === '.' || segment === '..'
    if (!isDots) resolved.push(segment)
    else if (index === segments.length - 1) resolved.push('')
  }
  return `/${resolved.join('/')}`
}

/** Compiles an ASP.NET Core route template of literal segments, `{p}`, `{p?}`, `{*rest}` and inline constraints. */
function compileTemplate(template: string): Match {
  const segments = parseTemplate(template)
  const hasCatchAll = segments.some((segment) => 'isCatchAll' in segment && segment.isCatchAll)
  return (path) => {
    const values = path === '/' ? [] : path.slice(1).split('/')
    // A path that begins with two slashes matches no route, and one trailing slash is ignored; both measured on
    // ASP.NET Core 10. Only a catch-all accepts empty segments, and it keeps every slash.
    if (values[0] === '') return undefined
    if (!hasCatchAll && values.at(-1) === '') values.pop()
    if (!hasCatchAll && values.length > segments.length) return undefined
    return matchSegments(segments, values)
  }
}

/** Returns the values of the parameters, or undefined if a segment does not match. */
function matchSegments(segments: Segment[], values: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    if ('literal' in segment) {
      if (values[index]?.toUpperCase() !== segment.literal) return undefined
      continue
    }
    const value = segment.isCatchAll ? values.slice(index).join('/') : values[index]
    if (!acceptsValue(segment, value)) return undefined
    if (value) params[segment.name] = value
  }
  return params
}

/** An empty segment ('') is not a missing one (undefined): an optional parameter may only be missing. */
function acceptsValue({ isCatchAll, isOptional, constraints }: Parameter, value: string | undefined): boolean {
  if (value) return constraints.every((isAllowed) => isAllowed(value))
  if (isCatchAll) return constraints.length === 0
  return isOptional && value === undefined
}

function parseTemplate(template: string): Segment[] {
  // Inside a parameter, a doubled brace is one brace of its regular expression.
  const pattern = /(\{(?:\{\{|\}\}|[^{}])+\}|[^/{}]+)(?:\/|$)/y
  const segments: Segment[] = []
  while (pattern.lastIndex < template.length) {
    const text = pattern.exec(template)?.[1]
    if (!text) throw new Error(`the local host does not support the route template '${template}'`)
    segments.push(text.startsWith('{') ? parseParameter(text) : { literal: text.toUpperCase() })
  }
  return segments
}

function parseParameter(text: string): Parameter {
  const inner = text.slice(1, -1).replaceAll('{{', '{').replaceAll('}}', '}')
  const parts = /^(\*{0,2})([^*:=?]+)(.*?)(\??)$/s.exec(inner)
  if (!parts) throw new Error(`the local host does not support the route parameter '${text}'`)
  const [, stars, name, constraints, optional] = parts as unknown as [string, string, string, string, string]
  return { name, isCatchAll: stars !== '', isOptional: optional !== '', constraints: parseConstraints(constraints) }
}

function parseConstraints(text: string): Constraint[] {
  // The argument ends at the first closing parenthesis before another constraint or the end (ASP.NET Core,
  // RouteParameterParser).
  const pattern = /:([a-z]+)(?:\((.*?)\)(?=:|$))?/giy
  const constraints: Constraint[] = []
  while (pattern.lastIndex < text.length) {
    const [, name, argument] = pattern.exec(text) ?? []
    if (!name) throw new Error(`the local host does not support the route constraint '${text}'`)
    constraints.push(toConstraint(name.toLowerCase(), argument ?? ''))
  }
  return constraints
}

const GUID = /^(?:[\da-f]{32}|([({]?)[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}[)}]?)$/i
const INT32_LIMIT = 2 ** 31

/** Supports the inline constraints of ASP.NET Core that functions use. */
function toConstraint(name: string, argument: string): Constraint {
  const [first = 0, second = first] = argument.split(',').map(Number)
  switch (name) {
    case 'regex': {
      // The expression may match anywhere and ignores case (ASP.NET Core, RegexRouteConstraint).
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
      throw new Error(`the local host does not support the route constraint '${name}'`)
  }
}
