import { createServer, type ServerResponse } from 'node:http'
import { forward, type StoragePart, type StorageProxy, startStorageProxy } from './storageProxy.js'

/** How Azure Storage refuses a request while it is overloaded (Azure Storage: common REST API error codes). */
export interface Refusal {
  readonly status: number
  readonly code: string
}

/** A proxy between a service and the tables and queues of its storage, which a test can tell to refuse requests. */
export interface ThrottledStorage extends StorageProxy {
  /** Answers every request to these parts with the refusal, until `recover`. */
  refuse(parts: readonly StoragePart[], refusal: Refusal): void
  recover(): void
}

export async function startThrottledStorage(): Promise<ThrottledStorage> {
  const refusals = new Map<StoragePart, Refusal>()
  const proxy = await startStorageProxy(['Table', 'Queue'], (part, target) =>
    createServer((request, response) => {
      const refusal = refusals.get(part)
      // The request is read to its end, as Azure does, so that the client can use its connection again.
      if (refusal) return void request.resume().on('end', () => sendRefusal(response, part, refusal))
      forward(request, response, target())
    }),
  )
  return {
    ...proxy,
    refuse(parts, refusal) {
      for (const part of parts) refusals.set(part, refusal)
    },
    recover() {
      refusals.clear()
    },
  }
}

/** Tables describe an error in JSON, queues in XML. */
function sendRefusal(response: ServerResponse, part: StoragePart, { status, code }: Refusal): void {
  const message = 'The server is busy.'
  const [type, body] =
    part === 'Table'
      ? ['application/json', JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: message } } })]
      : ['application/xml', `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`]
  response.writeHead(status, { 'Content-Type': type, 'x-ms-error-code': code }).end(body)
}
