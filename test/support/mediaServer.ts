import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { CallbackUrlPolicy, resolveHost } from '../../shared/delivery/callbackUrlPolicy.js'
import { readSettings } from '../../shared/service/config.js'

// The media of prompts, and the policy under which they are fetched.

/** Starts a server for media, which counts its requests and the connections that were closed. */
export async function startMedia(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  let [requests, closed] = [0, 0]
  const server = createServer((request, response) => {
    requests++
    response.on('close', () => closed++)
    answer(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/a.wav`, port, requests: () => requests, closed: () => closed }
}

/** The policy of a local service with these settings. */
export const policyOf = (settings: Record<string, string> = {}) =>
  new CallbackUrlPolicy(readSettings({ RINGBACK_LOCAL: 'true', ...settings }), resolveHost)
