import type { HttpMethod } from '@azure/functions'

const VERBS: Readonly<Partial<Record<HttpMethod, string>>> = { POST: 'create', PATCH: 'update', DELETE: 'delete' }

/**
 * Names an operation of Graph as the developer of a bot knows it: the words of its path behind `calls/{callId}`, then
 * its action, such as `answer` or `participants/invite`. Without an action the last word is `create`, `list`, `get`,
 * `update` or `delete`, such as `get` (the call) or `participants/list`.
 *
 * @param path the path below the version and the area
 */
export function nameOperation(method: HttpMethod, path: string, action: string | undefined): string {
  const segments = path.split('/')
  const isParameter = (segment = '') => segment.startsWith('{')
  const read = isParameter(segments.at(-1)) ? 'get' : 'list'
  const words = segments.filter((segment) => !isParameter(segment))
  // The name of an operation of OData itself, such as `$batch`, is its verb.
  const verb = action ?? (words.at(-1)?.startsWith('$') ? words.pop() : undefined) ?? VERBS[method] ?? read
  return [...(words[0] === 'calls' ? words.slice(1) : words), verb].join('/')
}
