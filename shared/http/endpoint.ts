import type { HttpMethod } from '@azure/functions'
import type { z } from 'zod'
import type { Caller } from '../auth/accessTokens.js'
import type { AnyOf, Permission } from '../auth/permissions.js'
import type { Call } from '../calls/call.js'
import type { DialectName } from '../calls/resources.js'
import type { Reply } from '../graph/dialects/dialect.js'
import type { Replies } from '../graph/replies/reply.js'
import type { FileBody } from '../graph/requests/speechBody.js'
import type { Settings } from '../service/config.js'
import type { Service } from '../service/service.js'
import type { ClientRequest } from '../storage/records.js'
import type { Incoming } from './incoming.js'
import type { RouteTemplate } from './routeTemplate.js'

/** What a handler receives: the request, read and checked. */
export interface RequestContext<B> {
  readonly service: Service
  /** The calling application; anonymous at an open endpoint. */
  readonly caller: Caller
  readonly parameters: Readonly<Record<string, string>>
  /** The call in the path, as a lower-case dashed GUID; empty when the path has none. */
  readonly callId: string
  readonly body: B
  readonly query: URLSearchParams
  /** The Authorization header, for an open endpoint that reads it itself. */
  readonly authorization: string
  /** The If-None-Match header; empty when the request has none. */
  readonly ifNoneMatch: string
  /** The Accept-Encoding header; empty when the request has none. */
  readonly acceptEncoding: string
  /** The User-Agent header; empty when the request has none. */
  readonly userAgent: string
  /** The address of the service, without a trailing slash. */
  readonly baseUrl: string
  /** The idempotency key of the request, if it has one. */
  readonly request?: ClientRequest
  /** The request as it has arrived, for an endpoint that answers other requests with it. */
  readonly incoming: Incoming
  /** Throws unless the call belongs to the caller and the caller has the permissions that the call requires. */
  readonly authorize: (call: Call) => void
}

/** What the OpenAPI document says beyond the definition of an endpoint. An endpoint without `replies` is not in it. */
interface EndpointDocumentation {
  /** What it does, in one line. */
  readonly summary?: string
  /** When which permission is required, if the request or the call decides that. */
  readonly permissionNote?: string
  /** A request body. */
  readonly example?: object
  /** The options of the query. */
  readonly query?: z.ZodObject
  /** The schemas of a body that is not only JSON, by their content types. */
  readonly contentTypes?: Readonly<Record<string, z.ZodType>>
  readonly replies?: Replies | Readonly<Record<DialectName, Replies>>
}

/** An endpoint as a file in functions/ defines it. */
export interface EndpointDefinition<B> extends EndpointDocumentation {
  /** The name of the function: resource-verb. */
  readonly name: string
  readonly method: HttpMethod
  /** Below the version and the area, such as `calls/{callId}`. */
  readonly path: string
  /** Every application permission that may be required. Empty: a valid token is enough. `open`: no token is needed. */
  readonly permissions: readonly (Permission | AnyOf)[] | 'open'
  /** The permissions that this body requires; by default all of `permissions`. */
  readonly requiredPermissions?: (body: B) => readonly (Permission | AnyOf)[]
  /** The permissions that this call requires in addition. */
  readonly requiredPermissionsForCall?: (call: Call) => readonly (Permission | AnyOf)[]
  /** How the JSON body is read. Without it no body is read. */
  readonly body?: z.ZodType<B>
  /** A disabled endpoint is a 404, like a path that does not exist. */
  readonly isEnabled?: (settings: Settings) => boolean
  readonly handle: (context: RequestContext<B>) => Promise<Reply>
}

/** An endpoint whose body is read as text, for forms. */
export interface TextEndpointDefinition extends Omit<EndpointDefinition<string>, 'body'> {
  readonly bodyType: 'text'
}

/** An endpoint whose body is read as bytes. */
export interface FileEndpointDefinition extends Omit<EndpointDefinition<FileBody>, 'body'> {
  readonly bodyType: 'file'
  readonly maxBodyBytes: number
}

/** A registered endpoint: one function of the Functions host. */
export interface Endpoint extends Omit<EndpointDefinition<unknown>, 'path'> {
  readonly bodyType?: 'text' | 'file'
  /** The largest body that is read; by default that of JSON. */
  readonly maxBodyBytes?: number
  /** The name of the operation of Graph; absent for an endpoint that Graph does not have. */
  readonly operation?: string | undefined
  readonly route: RouteTemplate
}
