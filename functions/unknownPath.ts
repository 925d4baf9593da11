import { app, type HttpMethod } from '@azure/functions'
import { handleRequest, noSuchEndpoint } from '../shared/http/handleRequest.js'
import { registeredEndpoints } from '../shared/http/registerEndpoint.js'
import { respond } from '../shared/http/respond.js'

const METHODS: HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

// The host runs the first function, in the order of names, whose route matches, so this name must be the last. It gets
// every path that no route matches: unknown paths, which get an error body, and doubled slashes, which some clients
// write and ASP.NET Core matches only with a catch-all.
app.http('unknown-path', {
  methods: METHODS,
  route: '{*path}',
  authLevel: 'anonymous',
  handler: async function answerUnknownPath(request, invocation) {
    const { pathname } = new URL(request.url)
    const endpoint = registeredEndpoints().find(
      ({ method, route }) => method === request.method && route.match(pathname),
    )
    if (endpoint) return handleRequest(endpoint, request, invocation)
    return respond('unknown-path', request, invocation, async () => {
      throw noSuchEndpoint(request.method, pathname)
    })
  },
})
