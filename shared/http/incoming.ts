import type { HttpRequest, InvocationContext } from '@azure/functions'
import type { Service } from '../service/service.js'

/** The parts of a request that are read. The `Request` of the Fetch standard has them too. */
export type IncomingRequest = Pick<HttpRequest, 'method' | 'url' | 'headers' | 'body'>

/** The parts of an invocation that are used: its id, its trace, and its log. */
export type Invocation = Pick<InvocationContext, 'invocationId' | 'traceContext' | 'log' | 'warn' | 'debug' | 'error'>

/** A request that has arrived, in a Functions host or in a process without one. */
export interface Incoming {
  readonly request: IncomingRequest
  readonly invocation: Invocation
  /**
   * The service that answers it.
   *
   * @throws ConfigError
   */
  readonly getService: () => Service | Promise<Service>
}
