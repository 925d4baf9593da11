import type { HttpMethod } from '@azure/functions'
import type { z } from 'zod'
import type { Caller } from './access/accessTokens.js'
import type { AnyOf, Permission } from './access/permissions.js'
import type { Call } from './calls/call.js'
import type { Settings } from './config.js'
import type { Reply } from './graph/dialects/dialect.js'
import type { AddressTemplate } from './graph/paths.js'
import type { Service } from './service.js'
import type { ClientRequest } from './storage/callStore.js'

/** What a handler is given: the request, read and checked. */
export interface RequestContext<B> {
  readonly service: Service
  /** Who asks; an endpoint that is open does not know. */
  readonly caller: Caller
  readonly parameters: Readonly<Record<string, string>>
  /** The call that the path names, as a lower-case dashed GUID; empty where the path names none. */
  readonly callId: string
  readonly body: B
  readonly query: URLSearchParams
  /** The header as it came, for an endpoint that is open and reads it itself. */
  readonly authorization: string
  /** The address of the service, without a slash at the end. */
  readonly baseUrl: string
  /** The request as its client names it, where it does. */
  readonly request?: ClientRequest
  /** Throws unless the call is the caller's own, and the caller may do to it what this endpoint does. */
  readonly authorize: (call: Call) => void
}

/** What a file in functions/ says of its endpoint. */
export interface Definition<B> {
  /** Graph's name for the page that documents it, where there is one. */
  readonly name: string
  readonly method: HttpMethod
  /** Below the version and the area, such as `calls/{callId}`. */
  readonly path: string
  /** Every application permission that may be asked for. Empty: a valid token is enough. `open`: not even that. */
  readonly permissions: readonly (Permission | AnyOf)[] | 'open'
  /** Which of them this body asks for; all of them where this is not given. */
  readonly needs?: (body: B) => readonly (Permission | AnyOf)[]
  /** What the call asks for that the endpoint acts on. */
  readonly needsOf?: (call: Call) => readonly (Permission | AnyOf)[]
  /** How the JSON body is read. Without it no body is read. */
  readonly body?: z.ZodType<B>
  /** The body is read as text, for forms. */
  readonly rawBody?: boolean
  /** Switched off, the address is a 404 like any that is not there. */
  readonly enabled?: (settings: Settings) => boolean
  handle(context: RequestContext<B>): Promise<Reply>
}

/** A registered endpoint: one function of the Functions host. */
export interface Endpoint extends Omit<Definition<unknown>, 'path'> {
  readonly address: AddressTemplate
}
