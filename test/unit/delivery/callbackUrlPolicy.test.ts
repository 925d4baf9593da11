import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CallbackUrlPolicy, type ResolveHost } from '../../../shared/delivery/callbackUrlPolicy.js'
import { createSend } from '../../../shared/delivery/send.js'
import { readSettings } from '../../../shared/service/config.js'
import { notification } from '../../support/world.js'

// Whoever gives the address of a callback may be a stranger who wants us to knock at doors of ours.

/** A resolver that says what a test wants; a name that it does not know has no IP address. */
const resolving =
  (names: Record<string, readonly string[]>): ResolveHost =>
  async (name) => {
    const found = names[name]
    if (!found) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' })
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
const PUBLIC = '93.184.215.14'
const NAMES = {
  'bot.example': [PUBLIC],
  'bot.internal': ['10.1.2.3'],
  localhost: ['127.0.0.1', '::1'],
  bot: ['172.18.0.3'],
}
const CALLBACK_ALLOW_LIST = 'bot, Bot.Internal, 10.20.0.0/16, fd00:1::/32, 192.168.7.7'

const addressesFor = (settings: Record<string, string>, names: Record<string, readonly string[]> = NAMES) =>
  new CallbackUrlPolicy(readSettings(settings), resolving(names))
const local = addressesFor({ RINGBACK_LOCAL: 'true', CALLBACK_ALLOW_LIST })
const deployed = addressesFor({ RINGBACK_LOCAL: 'false' })
const inNetwork = addressesFor({ RINGBACK_LOCAL: 'false', CALLBACK_ALLOW_LIST })
const check = (addresses: CallbackUrlPolicy, address: string) => addresses.check(address, 'callbackUri')

const SHORT = 'https://bot.example/'
test.for([
  'https://bot.example/callback',
  'https://bot.example:8443/callback?x=1',
  'HTTPS://BOT.EXAMPLE/callback',
  'https://8.8.8.8/',
  'https://[2606:4700::1111]/',
  'https://nobody.example/',
  `${SHORT}${'x'.repeat(2048 - SHORT.length)}`,
])('%s is taken everywhere', async (address) => {
  await check(local, address)
  await check(deployed, address)
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
])('%s is taken only locally', async (address) => {
  await check(local, address)
  await expect(check(deployed, address)).rejects.toThrow('callbackUri: must be an https URL.')
  await expect(check(inNetwork, address)).rejects.toThrow('callbackUri: must be an https URL.')
})

test.for([
  'https://bot/',
  'https://bot.internal/',
  'https://BOT.INTERNAL./',
  'https://10.20.3.4/',
  'https://[fd00:1::5]/',
])('%s is taken where the allow-list has it', async (address) => {
  await check(inNetwork, address)
  await check(local, address)
  // Of a name with a dot at the end this resolver knows nothing.
  if (!address.endsWith('./')) await expect(check(deployed, address)).rejects.toThrow('not a public address')
})

test.for(['https://10.21.0.1/', 'https://[fd00:2::5]/', 'https://192.168.7.8/', 'https://sub.bot.internal/'])(
  '%s is beside the allow-list',
  async (address) => {
    const names = { ...NAMES, 'sub.bot.internal': ['10.1.2.3'] }
    const addresses = addressesFor({ RINGBACK_LOCAL: 'false', CALLBACK_ALLOW_LIST }, names)
    await expect(check(addresses, address)).rejects.toThrow('To allow it, add it to CALLBACK_ALLOW_LIST')
  },
)

test.for([
  ['', 'must be an absolute URL'],
  ['/callback', 'must be an absolute URL'],
  ['bot.example/callback', 'must be an absolute URL'],
  [`${SHORT}${'x'.repeat(2049 - SHORT.length)}`, 'must be an absolute URL'],
  ['https://', 'must be an absolute URL'],
  ['https://256.1.1.1/', 'must be an absolute URL'],
  ['https://user:secret@bot.example/', 'must not contain credentials'],
  ['https://user@bot.example/', 'must not contain credentials'],
  ['http://bot.example/', 'must be https, or http to this machine or to a host in CALLBACK_ALLOW_LIST'],
  ['http://localhost.bot.example/', 'must be https'],
  ['http://127.0.0.1.bot.example/', 'must be https'],
  ['http://169.254.169.254/metadata', 'must be https'],
  ['http://0.0.0.0/', 'must be https'],
  ['ftp://localhost/', 'must be https'],
  ['file:///etc/passwd', 'must be https'],
  ['javascript:alert(1)', 'must be https'],
  ['data:text/plain,x', 'must be https'],
] as const)('%s is refused even locally: %s', async ([address, problem]) => {
  await expect(check(local, address)).rejects.toThrow(`callbackUri: ${problem}`)
  await expect(check(deployed, address)).rejects.toThrow('callbackUri: ')
})

/** What is refused, and as what it is known where another spelling is given. */
const refused: [title: string, address: string, known?: string][] = [
  ['this host', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['loopback', '127.0.0.1'],
  ['all of loopback', '127.255.0.9'],
  ['private, 10', '10.0.0.5'],
  ['private, 172.16', '172.16.0.1'],
  ['private, 172.31', '172.31.255.254'],
  ['private, 192.168', '192.168.1.1'],
  ['link-local', '169.254.1.1'],
  ['the metadata of a machine', '169.254.169.254'],
  ["Azure's platform", '168.63.129.16'],
  ['carrier-grade NAT', '100.64.0.1'],
  ['its end', '100.127.255.255'],
  ['IETF protocols', '192.0.0.8'],
  ['documentation, 1', '192.0.2.1'],
  ['documentation, 2', '198.51.100.1'],
  ['documentation, 3', '203.0.113.1'],
  ['benchmarking', '198.18.0.1'],
  ['its end', '198.19.255.255'],
  ['6to4 relays', '192.88.99.1'],
  ['multicast', '224.0.0.1'],
  ['its end', '239.255.255.255'],
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
  ['no address, v6', '[::]'],
  ['loopback, v6', '[::1]'],
  ['loopback, v6, written out', '[0:0:0:0:0:0:0:1]', '[::1]'],
  ['v4 in v6', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
  ['public v4 in v6', '[::ffff:8.8.8.8]', '[::ffff:808:808]'],
  ['v4 in v6, as it was once', '[::127.0.0.1]', '[::7f00:1]'],
  ['v4 in v6, translated', '[::ffff:0:127.0.0.1]', '[::ffff:0:7f00:1]'],
  ['NAT64', '[64:ff9b::127.0.0.1]', '[64:ff9b::7f00:1]'],
  ['local NAT64', '[64:ff9b:1::a00:5]'],
  ['6to4', '[2002:7f00:1::]'],
  ['Teredo', '[2001::1]'],
  ['ORCHID', '[2001:20::1]'],
  ['benchmarking, v6', '[2001:2::1]'],
  ['documentation, v6', '[2001:db8::1]'],
  ['newer documentation, v6', '[3fff::1]'],
  ['unique local', '[fc00::1]'],
  ['unique local, as it is used', '[fd12:3456::1]'],
  ['link-local, v6', '[fe80::1]'],
  ['site-local', '[fec0::1]'],
  ['multicast, v6', '[ff02::1]'],
  ['discard', '[100::1]'],
  ['what nobody has been given', '[4000::1]'],
]
const isLoopbackRow = (known: string) => /^127\.|^\[::1\]$/.test(known)

test.each(refused)(
  '%s, %s, is refused as an address, and as what a name leads to',
  async (_, address, known = address) => {
    const says = `callbackUri: points to ${known}, which is not a public address.`
    await expect(check(deployed, `https://${address}/`)).rejects.toThrow(says)
    const bare = known.replace(/[[\]]/g, '')
    for (const found of [[bare], [PUBLIC, bare], [bare, PUBLIC]]) {
      const trap = addressesFor({ RINGBACK_LOCAL: 'false' }, { 'trap.example': found })
      await expect(check(trap, 'https://trap.example/')).rejects.toThrow(`points to ${bare}, which`)
    }
    // A laptop has a network around it too: only this machine is open to its own bots.
    if (isLoopbackRow(known)) await check(local, `https://${address}/`)
    else await expect(check(local, `https://${address}/`)).rejects.toThrow(says)
  },
)

test.each(['10.0.0.0/99', 'fd00::/129', '300.1.1.1', '1.2.3', 'https://bot', 'bot:3978', '-bot', '*'])(
  'the entry %s of an allow-list is refused by its name',
  (entry) => {
    const settings = () => readSettings({ CALLBACK_ALLOW_LIST: `bot,${entry}` })
    expect(settings).toThrow(`CALLBACK_ALLOW_LIST: must be hosts and ranges such as 10.0.0.0/8, and not: ${entry}`)
  },
)

test('a resolver that does not answer holds nobody up when an address is given', async () => {
  const addresses = new CallbackUrlPolicy(readSettings({}), () => new Promise(() => undefined))
  const begun = Date.now()
  await check(addresses, 'https://bot.example/')
  expect(Date.now() - begun).toBeLessThan(3_000)
})

// Every connection is checked anew: what was found when the address was given may be old.

let port: number
let arrived = 0
const server = createServer((_, response) => {
  arrived += 1
  response.writeHead(302, { Location: redirectsTo }).end()
})
let redirectsTo = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})
const options = { attempt: 1, token: 'token', timeoutMs: 5_000 }
const sendTo = (addresses: CallbackUrlPolicy, callbackUri: string) =>
  createSend(addresses)(notification({ callbackUri, isRedirectable: true }), options)

test('the connection is made to what was checked, and a second answer of the resolver is checked as well', async () => {
  redirectsTo = ''
  let asked = 0
  const rebinding: ResolveHost = async () => [{ address: ++asked === 1 ? '127.0.0.1' : '10.0.0.5', family: 4 }]
  const addresses = new CallbackUrlPolicy(readSettings({ RINGBACK_LOCAL: 'true', CALLBACK_ALLOW_LIST: 'x' }), rebinding)
  const before = arrived
  // The name is nobody's: had it been looked up once more, on the way, there would be no connection.
  expect((await sendTo(allowHttp(addresses), `http://rebinding.example:${port}/`)).status).toBe(302)
  expect([asked, arrived]).toEqual([1, before + 1])
  const again = await sendTo(allowHttp(addresses), `http://rebinding.example:${port}/`)
  expect(again.error).toContain('points to 10.0.0.5, which is not a public address')
  expect([asked, arrived]).toEqual([2, before + 1])
})

/** http to any name, so that no certificate is needed here; the rest is as it is. */
const allowHttp = (addresses: CallbackUrlPolicy): CallbackUrlPolicy =>
  Object.assign(Object.create(addresses), {
    findProblem: (address: string) => addresses.findProblem(address.replace(/^http:/, 'https:')),
    lookup: addresses.lookup,
  })

test.each([
  ['an address', 'http://10.0.0.5/'],
  ['the metadata of this machine', 'http://169.254.169.254/latest'],
  ['another spelling', 'http://0xa9fea9fe/latest'],
  ['a name that leads there', 'http://bot.internal/'],
])('a redirect to %s that is refused is not followed', async (_, location) => {
  redirectsTo = location
  const addresses = allowHttp(addressesFor({ RINGBACK_LOCAL: 'true' }))
  const before = arrived
  const result = await sendTo(addresses, `http://127.0.0.1:${port}/`)
  expect(result.error).toContain('which is not a public address')
  expect(arrived).toBe(before + 1)
})

test('an address that has become one of ours since it was given is not connected to', async () => {
  const before = arrived
  const result = await sendTo(addressesFor({ RINGBACK_LOCAL: 'false' }), `https://127.0.0.1:${port}/`)
  expect(result.error).toContain('points to 127.0.0.1, which is not a public address')
  expect(arrived).toBe(before)
})
