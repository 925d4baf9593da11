import { app, type HttpMethod } from '@azure/functions'
import { endpoints } from '../shared/graphFunction.js'
import { answerRequest, handleRequest, noSuchAddress } from '../shared/handleRequest.js'

const METHODS: HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

// The host takes the first function in the order of names whose route matches, so this name must come last. It gets what
// no route takes: addresses that are not there, which still deserve an error body, and doubled slashes, which clients
// write and which ASP.NET Core matches with nothing but a catch-all.
app.http('unknown-path', {
  methods: METHODS,
  route: '{*path}',
  authLevel: 'anonymous',
  handler: async (request, invocation) => {
    const { pathname } = new URL(request.url)
    const meant = endpoints().find(({ method, address }) => method === request.method && address.match(pathname))
    if (meant) return handleRequest(meant, request, invocation)
    return answerRequest('unknown-path', request, invocation, async () => {
      throw noSuchAddress(request.method, pathname)
    })
  },
})
