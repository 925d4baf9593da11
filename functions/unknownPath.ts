import { app, type HttpMethod } from '@azure/functions'
import { answerUnknownPath } from '../shared/http/unknownPath.js'
import { getService } from '../shared/service/processService.js'

const METHODS: HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

// The host runs the first function, in the order of names, whose route matches, so this name must be the last.
app.http('unknown-path', {
  methods: METHODS,
  route: '{*path}',
  authLevel: 'anonymous',
  handler: (request, invocation) => answerUnknownPath({ request, invocation, getService }),
})
