import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeServerCertificate } from '../../hosting/certificates.js'
import { findClosedPort } from './closedPort.js'

// Callbacks that are wrong in every way that the doctor explains.

const ACCEPTED = 202

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A callback that answers every notification in the same way; its URL is not registered. */
async function startCallback(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  })
  onTestFinished(() => server.closeAllConnections())
  return `http://${await listen(server)}/api/calls`
}

const answerWith = (status: number, headers: Record<string, string> = {}, body = '') =>
  startCallback((_, response) => response.writeHead(status, headers).end(body))

async function startUntrustedCallback(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-cli-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { key, cert, ca } = await makeServerCertificate(directory, [])
  const server = createTlsServer({ key, cert: cert + ca }, (_, response) => response.end())
  return `https://${await listen(server)}/api/calls`
}

const answerSlowly: RequestListener = (_, response) => {
  setTimeout(() => response.writeHead(ACCEPTED).end(), 2_100)
}

const answerElsewhere: RequestListener = ({ url }, response) => {
  response.writeHead(url === '/api/messages' ? ACCEPTED : 404).end()
}

/** A callback that the doctor judges, and what it says of it. */
export interface BrokenCallback {
  /** Returns its URL. */
  readonly start: () => Promise<string>
  readonly result: 'FAIL' | 'warn'
  readonly finding: RegExp
  readonly advice: RegExp
}

export const BROKEN_CALLBACKS: Readonly<Record<string, BrokenCallback>> = {
  'a closed port': {
    start: async () => `${await findClosedPort()}/api/calls`,
    result: 'FAIL',
    finding: /Nothing listens at 127\.0\.0\.1:\d+/,
    advice: /Start the bot/,
  },
  'a name that does not resolve': {
    start: async () => 'https://bot.invalid/api/calls',
    result: 'FAIL',
    finding: /The name bot\.invalid does not resolve/,
    advice: /CALLBACK_REWRITE=/,
  },
  'a certificate that is not trusted': {
    start: startUntrustedCallback,
    result: 'FAIL',
    finding:
      /the certificate of \S+ \(localhost, issued by .+, valid from \S+ to \S+\) is issued by an authority that is not/,
    advice: /NODE_EXTRA_CA_CERTS/,
  },
  'https at a bot without TLS': {
    start: async () => (await answerWith(ACCEPTED)).replace('http:', 'https:'),
    result: 'FAIL',
    finding: /no secure connection/,
    advice: /If the bot serves HTTP/,
  },
  'a redirect': {
    start: () => answerWith(301, { Location: '/login' }),
    result: 'FAIL',
    finding: /redirects to \S+\/login \(301\)/,
    advice: /Set callingWebhook to/,
  },
  'an error of the bot': {
    start: () => answerWith(500),
    result: 'FAIL',
    finding: /answered 500: the bot failed/,
    advice: /log of the bot/,
  },
  'a slow bot': {
    start: () => startCallback(answerSlowly),
    result: 'warn',
    finding: /is slow: it answered 202 after 2\.\d s/,
    advice: /work afterwards/,
  },
  'a web page': {
    start: () => answerWith(200, { 'Content-Type': 'text/html' }, '<p>'),
    result: 'warn',
    finding: /with a web page/,
    advice: /path of callingWebhook/,
  },
  'a body that is not JSON': {
    start: () => answerWith(200, { 'Content-Type': 'application/json' }, '{'),
    result: 'warn',
    finding: /a body that is not JSON/,
    advice: /path of callingWebhook/,
  },
  'a wrong path': {
    start: () => startCallback(answerElsewhere),
    result: 'FAIL',
    finding: /nothing is at the path \/api\/calls, but \/api\/messages answers 202/,
    advice: /Set callingWebhook to http/,
  },
  'a host without a bot': {
    start: () => answerWith(404),
    result: 'FAIL',
    finding: /nothing is at the path \/api\/calls\./,
    advice: /Correct the path/,
  },
  'a bot with an application id of its own': {
    start: () => answerWith(401),
    result: 'warn',
    finding: /answered 401: the bot refuses the token/,
    advice: /--application/,
  },
  'a URL that is not allowed': {
    start: async () => 'http://bot.example/',
    result: 'FAIL',
    finding: /callback URL policy refuses/,
    advice: /another callingWebhook/,
  },
}
