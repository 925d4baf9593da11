import type { PersonAction } from './people.js'

/** Ids that a path can carry: not `..`, for example, which clients resolve. */
const ID_FOR_PATH = /^[\w@+:-][\w@+:.-]*$/
/** Stands in the path instead of an id that is in the body or the query. */
const ID_ELSEWHERE = '-'

/** The path of a request that acts as a person. Its body or query also has the id as `userId`. */
export function renderPersonPath(personId: string, action: PersonAction | 'press' | 'say'): string {
  const segment = ID_FOR_PATH.test(personId) ? encodeURIComponent(personId) : ID_ELSEWHERE
  return `/simulator/people/${segment}/${action}`
}
