import * as z from 'zod'
import { invalidRequest } from './errors.js'

/** The row of the call index after which a page begins. `$skiptoken` is its JSON in base64url. */
const pagePosition = z.object({ partitionKey: z.string().startsWith('application:'), rowKey: z.string() })
type PagePosition = z.infer<typeof pagePosition>

/**
 * Reads where a page begins; undefined for the first page.
 *
 * @throws GraphError 400 for a token that was not issued here
 */
export function readSkipToken(token: string | undefined): PagePosition | undefined {
  if (token === undefined) return undefined
  try {
    return pagePosition.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    throw invalidRequest('$skiptoken: is not valid; use the address in @odata.nextLink.')
  }
}

const writeSkipToken = (position: PagePosition): string => Buffer.from(JSON.stringify(position)).toString('base64url')

/**
 * Renders a page in the form of Graph's collections, with the address of the next page if there is one.
 *
 * @param query the query of this page, which the next page repeats
 * @param url the address without a query
 */
export function renderPage<T>(
  value: readonly T[],
  next: PagePosition | undefined,
  query: URLSearchParams,
  url: string,
): { readonly value: readonly T[]; readonly '@odata.nextLink'?: string } {
  if (!next) return { value }
  const nextQuery = new URLSearchParams(query)
  nextQuery.set('$skiptoken', writeSkipToken(next))
  return { value, '@odata.nextLink': `${url}?${nextQuery}` }
}
