import type { InvocationContext } from '@azure/functions'
import type { Service } from '../service/service.js'

/** The parts of a request that are read. The requests of @azure/functions and of the Fetch standard have them. */
export interface IncomingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Iterable<readonly [string, string]> & Pick<Headers, 'get' | 'has'>
  readonly body: AsyncIterable<Uint8Array> | null
}

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
