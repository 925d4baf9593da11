import type { Client } from '../../cli/client.js'
import { ApiError } from '../../cli/errors.js'

/** What the fake service replies to `GET /path` and the like; a function gets the body of the request. */
type Replies = Readonly<Record<string, unknown>>

/** A client without a service. It records its requests as `GET /path`, and replies 404 to those that it does not know. */
export function newFakeClient(replies: Replies): Client & { readonly requests: string[] } {
  const requests: string[] = []
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const name = `${method} ${path}`
    requests.push(name)
    if (!(name in replies)) throw new ApiError(404, `No such endpoint: ${name}`)
    const reply = replies[name]
    return (typeof reply === 'function' ? reply(body) : reply) as T
  }
  return {
    url: 'http://service.example',
    requests,
    get: (path) => send('GET', path),
    post: (path, body) => send('POST', path, body),
    postBytes: (path, bytes) => send('POST', path, bytes),
    put: (path, body) => send('PUT', path, body),
    delete: (path) => send('DELETE', path),
  }
}
