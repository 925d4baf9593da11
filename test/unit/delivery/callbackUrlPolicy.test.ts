import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, test, vi } from 'vitest'
import {
  CallbackUrlPolicy,
  createDnsResolver,
  type ResolveHost,
  resolveHost,
} from '../../../shared/delivery/callbackUrlPolicy.js'
import { createSend } from '../../../shared/delivery/send.js'
import { readSettings } from '../../../shared/service/config.js'
import { newNotification } from '../../support/serviceFixture.js'

// A callback URL may come from an attacker who wants the service to send requests into its own network.

/** A resolver that knows only the given names. */
const createResolver =
  (names: Record<string, readonly string[]>): ResolveHost =>
  async (name) => {
    const addresses = names[name]
    if (!addresses) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
const PUBLIC = '93.184.215.14'
const NAMES = {
  'bot.example': [PUBLIC],
  'bot.internal': ['10.1.2.3'],
  localhost: ['127.0.0.1', '::1'],
  bot: ['172.18.0.3'],
}
const CALLBACK_ALLOW_LIST = 'bot, Bot.Internal, 10.20.0.0/16, fd00:1::/32, 192.168.7.7'

const createPolicy = (settings: Record<string, string>, names: Record<string, readonly string[]> = NAMES) =>
  new CallbackUrlPolicy(readSettings(settings), createResolver(names))
const local = createPolicy({ RINGBACK_LOCAL: 'true', CALLBACK_ALLOW_LIST })
const deployed = createPolicy({ RINGBACK_LOCAL: 'false' })
const inNetwork = createPolicy({ RINGBACK_LOCAL: 'false', CALLBACK_ALLOW_LIST })
const check = (policy: CallbackUrlPolicy, url: string) => policy.check(url, 'callbackUri')

const SHORT = 'https://bot.example/'
test.for([
  'https://bot.example/callback',
  'https://bot.example:8443/callback?x=1',
  'HTTPS://BOT.EXAMPLE/callback',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://unknown.example/',
  'https://bücher.example/',
  'https://xn--bcher-kva.example/',
  'https://my_bot.example./',
  `https://${'x'.repeat(63)}.example/`,
  `https://${'bot.'.repeat(60)}bot.example/`,
  `${SHORT}${'x'.repeat(2048 - SHORT.length)}`,
])('every service accepts %s', async (url) => {
  await check(local, url)
  await check(deployed, url)
})

test.for([
  'http://localhost:3978/api/calls',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://127.0.0.1:3978/',
  'http://[::1]:3978/',
  'http://bot:3978/',
  'http://bot.internal/',
  'http://10.20.3.4/',
  'http://[fd00:1::5]/',
  'http://192.168.7.7/',
])('only a local service accepts %s', async (url) => {
  await check(local, url)
  await expect(check(deployed, url)).rejects.toThrow('callbackUri: must be an https URL.')
  await expect(check(inNetwork, url)).rejects.toThrow('callbackUri: must be an https URL.')
})

test.for([
  'https://bot/',
  'https://bot.internal/',
  'https://BOT.INTERNAL./',
  'https://10.20.3.4/',
  'https://[fd00:1::5]/',
])('a service whose allow list contains the host accepts %s', async (url) => {
  await check(inNetwork, url)
  await check(local, url)
  // The resolver of the test does not know the name with a dot at the end.
  if (!url.endsWith('./')) await expect(check(deployed, url)).rejects.toThrow('not a public address')
})

test.for(['https://10.21.0.1/', 'https://[fd00:2::5]/', 'https://192.168.7.8/', 'https://sub.bot.internal/'])(
  'a service whose allow list does not contain the host refuses %s',
  async (url) => {
    const names = { ...NAMES, 'sub.bot.internal': ['10.1.2.3'] }
    const policy = createPolicy({ RINGBACK_LOCAL: 'false', CALLBACK_ALLOW_LIST }, names)
    await expect(check(policy, url)).rejects.toThrow('To allow it, add it to CALLBACK_ALLOW_LIST')
  },
)

test.for([
  ['', 'must be an absolute URL'],
  ['/callback', 'must be an absolute URL'],
  ['bot.example/callback', 'must be an absolute URL'],
  [`${SHORT}${'x'.repeat(2049 - SHORT.length)}`, 'must have at most 2048 characters.'],
  ['https://bot.example:0/', 'must have a port from 1 to 65535.'],
  ['https://8.8.8.8:0/', 'must have a port from 1 to 65535.'],
  ['https://a..b/', 'has the host "a..b", in which a dot has no label before or after it.'],
  ['https://.bot.example/', 'has the host ".bot.example", in which a dot has no label before or after it.'],
  ['https://bot.example../', 'has the host "bot.example.", in which a dot has no label before or after it.'],
  ['https://./', 'has the host "", in which a dot has no label before or after it.'],
  ['https://xn--/', 'has the host "xn--", in which xn-- is not valid Punycode.'],
  ['https://bot.xn--0/', 'has the host "bot.xn--0", in which xn--0 is not valid Punycode.'],
  [
    'https://*.bot.example/',
    'has the host "*.bot.example", in which * has other characters than letters, digits, hyphens',
  ],
  [`https://${'x'.repeat(64)}.example/`, `has the host "${'x'.repeat(64)}.example", in which a label has more than 63`],
  [`https://${'bot.'.repeat(62)}example/`, 'has a host of more than 253 characters.'],
  ['https://', 'must be an absolute URL'],
  ['https://256.1.1.1/', 'has the host "256.1.1.1", which is neither a name nor an IP address.'],
  ['https://bot example:443/', 'has the host "bot example", which is neither a name nor an IP address.'],
  ['https://[::1/', 'has the host "[::1", which is neither a name nor an IP address.'],
  ['https://user:secret@bot%00/', 'has the host "bot%00", which is neither a name nor an IP address.'],
  ['https://bot.example:65536/', 'must have a port from 1 to 65535.'],
  ['https://user:secret@bot.example/', 'must not contain credentials'],
  ['https://user@bot.example/', 'must not contain credentials'],
  ['https://:secret@bot.example/', 'must not contain credentials'],
  ['http://bot.example/', 'must be https, or http to this machine or to a host in CALLBACK_ALLOW_LIST'],
  ['http://localhost.bot.example/', 'must be https'],
  ['http://127.0.0.1.bot.example/', 'must be https'],
  ['http://169.254.169.254/metadata', 'must be https'],
  ['http://0.0.0.0/', 'must be https'],
  ['ftp://localhost/', 'must be https'],
  ['file:///etc/passwd', 'must be https'],
  ['javascript:alert(1)', 'must be https'],
  ['data:text/plain,x', 'must be https'],
] as const)('every service refuses "%s": it %s', async ([url, problem]) => {
  await expect(check(local, url)).rejects.toThrow(`callbackUri: ${problem}`)
  await expect(check(deployed, url)).rejects.toThrow('callbackUri: ')
})

/** Refused addresses and, for other spellings, the address that they stand for. */
const REFUSED: [title: string, address: string, standsFor?: string][] = [
  ['this host', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['loopback', '127.0.0.1'],
  ['all of loopback', '127.255.0.9'],
  ['private 10/8', '10.0.0.5'],
  ['private 172.16/12', '172.16.0.1'],
  ['the end of private 172.16/12', '172.31.255.254'],
  ['private 192.168/16', '192.168.1.1'],
  ['link-local', '169.254.1.1'],
  ['instance metadata', '169.254.169.254'],
  ["Azure's platform", '168.63.129.16'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['the end of carrier-grade NAT', '100.127.255.255'],
  ['IETF protocols', '192.0.0.8'],
  ['documentation 1', '192.0.2.1'],
  ['documentation 2', '198.51.100.1'],
  ['documentation 3', '203.0.113.1'],
  ['benchmarking', '198.18.0.1'],
  ['the end of benchmarking', '198.19.255.255'],
  ['6to4 relays', '192.88.99.1'],
  ['multicast', '224.0.0.1'],
  ['the end of multicast', '239.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['a decimal number', '2130706433', '127.0.0.1'],
  ['an octal number', '0177.0.0.1', '127.0.0.1'],
  ['a long octal number', '017700000001', '127.0.0.1'],
  ['a hexadecimal number', '0x7f000001', '127.0.0.1'],
  ['hexadecimal parts', '0xa9.0xfe.0xa9.0xfe', '169.254.169.254'],
  ['three parts', '10.1.258', '10.1.1.2'],
  ['two parts', '127.1', '127.0.0.1'],
  ['one part', '0', '0.0.0.0'],
  ['full-width digits', '１２７.０.０.１', '127.0.0.1'],
  ['circled digits', '①②⑦.⓪.⓪.①', '127.0.0.1'],
  ['percent signs', '%31%32%37.0.0.1', '127.0.0.1'],
  ['a dot at the end', '127.0.0.1.', '127.0.0.1'],
  ['unspecified IPv6', '[::]'],
  ['IPv6 loopback', '[::1]'],
  ['IPv6 loopback, written out', '[0:0:0:0:0:0:0:1]', '[::1]'],
  ['IPv4-mapped IPv6', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ['public IPv4-mapped IPv6', '[::ffff:8.8.8.8]', '[::ffff:808:808]'],
  ['IPv4-compatible IPv6', '[::127.0.0.1]', '[::7f00:1]'],
  ['IPv4-translated IPv6', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]'],
  ['NAT64', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]'],
  ['local NAT64', '[64:ff9b:1::a00:5]'],
  ['6to4', '[2002:7f00:1::]'],
  ['Teredo', '[2001::1]'],
  ['ORCHID', '[2001:20::1]'],
  ['IPv6 benchmarking', '[2001:2::1]'],
  ['IPv6 documentation', '[2001:db8::1]'],
  ['newer IPv6 documentation', '[3fff::1]'],
  ['unique local', '[fc00::1]'],
  ['unique local with a random prefix', '[fd12:3456::1]'],
  ['IPv6 link-local', '[fe80::1]'],
  ['site-local', '[fec0::1]'],
  ['IPv6 multicast', '[ff02::1]'],
  ['discard', '[100::1]'],
  ['unassigned IPv6', '[4000::1]'],
]
const isLoopbackAddress = (address: string) => /^127\.|^\[::1\]$/.test(address)

test.each(REFUSED)(
  'an address that is not public (%s, %s) is refused in a URL and behind a name',
  async (_, address, standsFor = address) => {
    const says = `callbackUri: points to ${standsFor}, which is not a public address.`
    await expect(check(deployed, `https://${address}/`)).rejects.toThrow(says)
    const ip = standsFor.replace(/[[\]]/g, '')
    for (const resolved of [[ip], [PUBLIC, ip], [ip, PUBLIC]]) {
      const trap = createPolicy({ RINGBACK_LOCAL: 'false' }, { 'trap.example': resolved })
      await expect(check(trap, 'https://trap.example/')).rejects.toThrow(`points to ${ip}, which`)
    }
    // A developer's computer has neighbors too: locally, only the computer itself is allowed.
    if (isLoopbackAddress(standsFor)) await check(local, `https://${address}/`)
    else await expect(check(local, `https://${address}/`)).rejects.toThrow(says)
  },
)

test.each(['10.0.0.0/99', 'fd00::/129', '300.1.1.1', '1.2.3', 'https://bot', 'bot:3978', '-bot', '*', 'a..b'])(
  'the settings refuse the entry %s of an allow list, and name it',
  (entry) => {
    const settings = () => readSettings({ CALLBACK_ALLOW_LIST: `bot,${entry}` })
    expect(settings).toThrow(`CALLBACK_ALLOW_LIST: must be hosts and ranges such as 10.0.0.0/8, and not: ${entry}`)
  },
)

test('a check does not wait for a resolver that does not answer', async () => {
  const policy = new CallbackUrlPolicy(readSettings({}), () => new Promise(() => undefined))
  const startedAt = Date.now()
  await check(policy, 'https://bot.example/')
  expect(Date.now() - startedAt).toBeLessThan(3_000)
})

const rewriting = createPolicy({
  RINGBACK_LOCAL: 'true',
  CALLBACK_ALLOW_LIST: 'bot',
  CALLBACK_REWRITE: 'https://bot.example=http://localhost:3978,https://intern.example=https://bot.internal',
})

test.for([
  ['https://bot.example/api/calls?bot=1&x=%2F', 'http://localhost:3978/api/calls?bot=1&x=%2F'],
  ['HTTPS://BOT.example:443', 'http://localhost:3978/'],
  ['https://bot.example//evil.example/', 'http://localhost:3978//evil.example/'],
  ['https://bot.example:8443/calls', 'https://bot.example:8443/calls'],
  ['http://bot.example/calls', 'http://bot.example/calls'],
  ['https://bot.example.org/calls', 'https://bot.example.org/calls'],
] as const)('with CALLBACK_REWRITE, notifications for %s go to %s', ([url, target]) => {
  expect(rewriting.rewrite(url)).toBe(target)
})

test('the policy applies to the host that CALLBACK_REWRITE names, and to the URL as the bot wrote it', async () => {
  await check(rewriting, 'https://bot.example/calls')
  await expect(check(rewriting, 'https://intern.example/calls')).rejects.toThrow(
    'callbackUri: points to 10.1.2.3, which is not a public address.',
  )
  await expect(check(rewriting, 'https://user@bot.example/')).rejects.toThrow('must not contain credentials')
  const tooLong = `https://bot.example/${'x'.repeat(2048)}`
  await expect(check(rewriting, tooLong)).rejects.toThrow('must have at most 2048 characters')
})

const setting = (url: string) => `set CALLBACK_REWRITE=${new URL(url).origin}=http://localhost:3978`
test.for([
  ['https://bot.example/calls', 'the host is public'],
  ['https://unknown.example:8443/calls', 'the name does not resolve'],
  ['https://8.8.8.8/', 'the host is public'],
] as const)('a local service gives one hint for %s, because %s', async ([url, reason]) => {
  const policy = createPolicy({ RINGBACK_LOCAL: 'true' })
  const hint = await policy.findHint(url)
  expect(hint).toContain(`callback.elsewhere host=${new URL(url).host} reason="${reason}"`)
  expect(hint).toContain(setting(url))
  expect(await policy.findHint(`${url}?attempt=2`)).toBeUndefined()
})

test('a local service remembers a thousand hosts that got a hint, and no more', async () => {
  const policy = createPolicy({ RINGBACK_LOCAL: 'true' })
  const giveHints = async (count: number) => {
    const hints: (string | undefined)[] = []
    for (let port = 1; port <= count; port++) hints.push(await policy.findHint(`https://8.8.8.8:${port}/`))
    return hints.filter((hint) => hint !== undefined).length
  }
  expect(await giveHints(1_000)).toBe(1_000)
  expect(await giveHints(1_000)).toBe(0)
  // The next host makes it forget the others.
  expect(await giveHints(1_001)).toBe(1)
  expect(await giveHints(1_000)).toBe(1_000)
})

test.for([
  ['a callback on this machine', local, 'http://localhost:3978/'],
  ['a callback in the network', local, 'http://bot:3978/'],
  ['a callback that is rewritten', rewriting, 'https://bot.example/'],
  ['a callback of a deployed service', deployed, 'https://bot.example/'],
] as const)('%s gets no hint', async ([, policy, url]) => {
  expect(await policy.findHint(url)).toBeUndefined()
})

// Every connection is checked again, because the name may resolve to another address by then.

let port: number
let received = 0
const server = createServer((_, response) => {
  received += 1
  response.writeHead(302, { Location: redirectLocation }).end()
})
let redirectLocation = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})
const options = { attempt: 1, token: 'token', timeoutMs: 5_000 }
const sendTo = (policy: CallbackUrlPolicy, callbackUri: string) =>
  createSend(policy)(newNotification({ callbackUri, isRedirectable: true }), options)

test('a connection goes to the checked address, and the next connection checks the name again', async () => {
  redirectLocation = ''
  let resolved = 0
  const rebinding: ResolveHost = async () => [{ address: ++resolved === 1 ? '127.0.0.1' : '10.0.0.5', family: 4 }]
  const policy = new CallbackUrlPolicy(readSettings({ RINGBACK_LOCAL: 'true', CALLBACK_ALLOW_LIST: 'x' }), rebinding)
  const before = received
  // The name does not exist: a second lookup by the connection itself would fail.
  expect((await sendTo(allowHttp(policy), `http://rebinding.example:${port}/`)).status).toBe(302)
  expect([resolved, received]).toEqual([1, before + 1])
  const again = await sendTo(allowHttp(policy), `http://rebinding.example:${port}/`)
  expect(again.error).toContain('points to 10.0.0.5, which is not a public address')
  expect([resolved, received]).toEqual([2, before + 1])
})

/** A policy that also allows http, so that the test needs no certificate. */
const allowHttp = (policy: CallbackUrlPolicy): CallbackUrlPolicy =>
  Object.assign(Object.create(policy), {
    findProblem: (url: string) => policy.findProblem(url.replace(/^http:/, 'https:')),
    lookup: policy.lookup,
    rewrite: (url: string) => policy.rewrite(url),
  })

test.each([
  ['a private address', 'http://10.0.0.5/'],
  ['instance metadata', 'http://169.254.169.254/latest'],
  ['another spelling of instance metadata', 'http://0xa9fea9fe/latest'],
  ['a name of a private address', 'http://bot.internal/'],
])('a redirect to %s is not followed', async (_, location) => {
  redirectLocation = location
  const policy = allowHttp(createPolicy({ RINGBACK_LOCAL: 'true' }))
  const before = received
  const result = await sendTo(policy, `http://127.0.0.1:${port}/`)
  expect(result.error).toContain('which is not a public address')
  expect(received).toBe(before + 1)
})

test('a URL that the policy no longer allows gets no connection', async () => {
  const before = received
  const result = await sendTo(createPolicy({ RINGBACK_LOCAL: 'false' }), `https://127.0.0.1:${port}/`)
  expect(result.error).toContain('points to 127.0.0.1, which is not a public address')
  expect(received).toBe(before)
})

describe('the DNS resolver', () => {
  /** Starts a name server that receives questions and does not answer. */
  async function startSilentServer(): Promise<string> {
    const server = createSocket('udp4')
    server.bind(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return `127.0.0.1:${server.address().port}`
  }

  it('gives up soon when a name server does not answer, and delays no other lookup', async () => {
    const resolve = createDnsResolver([await startSilentServer()])
    const silent = Promise.allSettled(Array.from({ length: 40 }, (_, index) => resolve(`host-${index}.example`)))
    const startedAt = performance.now()
    const ended = vi.fn()
    void silent.then(ended)
    await resolveHost('localhost')
    expect(ended).not.toHaveBeenCalled()
    expect((await silent).map(({ status }) => status)).toEqual(Array(40).fill('rejected'))
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
