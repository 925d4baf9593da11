import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hasFaults, readSettings, userSettingNames } from '../../../shared/service/config.js'
import { accountAddresses } from '../../../shared/service/production.js'

test('every setting has a default, and the default is not local', () => {
  const settings = readSettings({})
  expect(settings).toMatchObject({
    RINGBACK_LOCAL: false,
    SIMULATOR: true,
    ANSWER_TIMEOUT_MS: 15_000,
    LEASE_MS: 30_000,
  })
})

test('by default a notification is attempted for an hour, and then the rest of its call is dead-lettered too', () => {
  expect(readSettings({})).toMatchObject({ NOTIFICATION_MAX_ATTEMPTS: 0, ON_DEAD_LETTER: 'pause' })
})

test('faults are possible where the service is local, and elsewhere only if they are switched on', () => {
  const isPossible = (settings: Record<string, string>) => hasFaults(readSettings(settings))
  expect([isPossible({}), isPossible({ FAULTS: 'true' })]).toEqual([false, true])
  const RINGBACK_LOCAL = 'true'
  expect([isPossible({ RINGBACK_LOCAL }), isPossible({ RINGBACK_LOCAL, FAULTS: 'false' })]).toEqual([true, false])
})

test('an empty setting has its default', () => {
  expect(readSettings({ LEASE_MS: '', PUBLIC_BASE_URL: '' }).LEASE_MS).toBe(30_000)
})

test.each([
  ['LEASE_MS', 'soon'],
  ['LEASE_MS', '-1'],
  ['CALLS_STORAGE', 'devstoreaccount1'],
  ['CALLS_STORAGE', 'AccountName=mine;a2V5'],
  ['CALLS_STORAGE', 'AccountName=mine;AccountKey=a2V5;TableEndpoint=mine'],
  ['CALLS_STORAGE', 'AccountName=mine;EndpointSuffix=core.windows.net'],
  ['MORE_CALLS_STORAGE', 'UseDevelopmentStorage=true,devstoreaccount2'],
  ['MORE_CALLS_STORAGE__blobServiceUri', 'https://a.blob.core.windows.net/, b.blob.core.windows.net'],
  ['MORE_CALLS_STORAGE__tableServiceUri', 'http://a.table.core.windows.net'],
  ['RINGBACK_LOCAL', 'perhaps'],
  ['SIMULATOR_DEFAULT', 'sleep'],
  ['PUBLIC_BASE_URL', 'ftp://example.org'],
  ['TOKEN_ISSUERS', 'contoso.example'],
  ['TOKEN_ISSUERS', 'http://login.example/tenant/v2.0'],
  ['TOKEN_ISSUERS', 'https://login.example/tenant?x=1'],
  ['REQUESTS_PER_10_SECONDS', 'many'],
  ['NOTIFICATION_MAX_ATTEMPTS', '-1'],
  ['NOTIFICATION_MAX_ATTEMPTS', '1.5'],
  ['ON_DEAD_LETTER', 'stop'],
])('the value in %s=%s is refused with the name of the setting', (name, value) => {
  expect(() => readSettings({ [name]: value })).toThrow(`${name}: `)
})

test('MORE_CALLS_STORAGE lists further accounts, by connection strings or by the addresses of their services', () => {
  const account = (name: string) => `AccountName=${name};AccountKey=a2V5;EndpointSuffix=core.windows.net`
  const MORE_CALLS_STORAGE = `${account('b')}, ${account('c')}`
  expect(accountAddresses(readSettings({ CALLS_STORAGE: account('a'), MORE_CALLS_STORAGE }))).toEqual(
    ['a', 'b', 'c'].map(account),
  )
  const uri = (name: string, service: string) => `https://${name}.${service}.core.windows.net/`
  const settings = readSettings({
    CALLS_STORAGE__blobServiceUri: uri('a', 'blob'),
    CALLS_STORAGE__tableServiceUri: uri('a', 'table'),
    CALLS_STORAGE__queueServiceUri: uri('a', 'queue'),
    MORE_CALLS_STORAGE__blobServiceUri: `${uri('b', 'blob')},${uri('c', 'blob')}`,
    MORE_CALLS_STORAGE__tableServiceUri: `${uri('b', 'table')},${uri('c', 'table')}`,
  })
  expect(accountAddresses(settings)).toMatchObject(
    ['a', 'b', 'c'].map((name) => ({ blobServiceUri: uri(name, 'blob'), tableServiceUri: uri(name, 'table') })),
  )
})

test('MORE_CALLS_STORAGE must list the same accounts for each service, and each of them once', () => {
  const MORE_CALLS_STORAGE__tableServiceUri = 'https://b.table.core.windows.net'
  expect(() => readSettings({ MORE_CALLS_STORAGE__tableServiceUri })).toThrow('must list the same accounts')
  const both = { MORE_CALLS_STORAGE: 'AccountName=b;AccountKey=a2V5', MORE_CALLS_STORAGE__tableServiceUri }
  const uris = { ...both, MORE_CALLS_STORAGE__blobServiceUri: 'https://b.blob.core.windows.net' }
  expect(() => readSettings(uris)).toThrow('must not both be set')
  const twice = 'must name other accounts'
  expect(() => readSettings({ MORE_CALLS_STORAGE: 'UseDevelopmentStorage=true' })).toThrow(twice)
  const CALLS_STORAGE = 'AccountName=a;AccountKey=a2V5'
  expect(() => readSettings({ CALLS_STORAGE, MORE_CALLS_STORAGE: `${CALLS_STORAGE},${CALLS_STORAGE}` })).toThrow(twice)
})

test('TOKEN_ISSUERS needs TOKEN_AUDIENCES', () => {
  const TOKEN_ISSUERS = 'https://login.microsoftonline.com/a/v2.0, https://sts.windows.net/A/'
  expect(() => readSettings({ TOKEN_ISSUERS })).toThrow('TOKEN_AUDIENCES must be set where TOKEN_ISSUERS is')
  expect(readSettings({ TOKEN_ISSUERS, TOKEN_AUDIENCES: 'api://Ringback' })).toMatchObject({
    TOKEN_ISSUERS: ['https://login.microsoftonline.com/a/v2.0', 'https://sts.windows.net/A/'],
    TOKEN_AUDIENCES: ['api://Ringback'],
  })
})

test('NOTIFICATION_TIMEOUT_MS must be shorter than LEASE_MS', () => {
  expect(() => readSettings({ LEASE_MS: '5000' })).toThrow('NOTIFICATION_TIMEOUT_MS must be shorter than LEASE_MS (')
})

test('CALLBACK_REWRITE is a list of pairs of origins', () => {
  const CALLBACK_REWRITE =
    'https://Bot.example.com/=http://localhost:3978, http://other.example:80=https://localhost:443'
  expect(readSettings({ RINGBACK_LOCAL: 'true', CALLBACK_REWRITE }).CALLBACK_REWRITE).toEqual([
    { from: 'https://bot.example.com', to: 'http://localhost:3978' },
    { from: 'http://other.example', to: 'https://localhost' },
  ])
})

const PAIRS = 'must be pairs of origins such as https://bot.example.com=http://localhost:3978, separated by commas'
test.each([
  ['https://bot.example.com', PAIRS],
  ['bot.example.com=localhost:3978', PAIRS],
  ['https://bot.example.com=', PAIRS],
  ['https://bot.example.com=http://localhost:3978=http://localhost:3979', PAIRS],
  ['https://bot.example.com/api=http://localhost:3978', PAIRS],
  ['https://bot.example.com=http://localhost:3978/api/calls', PAIRS],
  ['https://bot.example.com=http://localhost:3978?x', PAIRS],
  ['https://user@bot.example.com=http://localhost:3978', PAIRS],
  ['https://bot.example.com=ftp://localhost', PAIRS],
  [
    'https://a.example=http://localhost,https://A.example/=http://localhost:1',
    'must name each origin on the left once',
  ],
])('CALLBACK_REWRITE=%s is refused with the reason', (CALLBACK_REWRITE, reason) => {
  expect(() => readSettings({ RINGBACK_LOCAL: 'true', CALLBACK_REWRITE })).toThrow(
    `Ringback can't start with these settings. CALLBACK_REWRITE: ${reason}`,
  )
})

test.each([
  ['http://10.0.0.5:3978', 'must be https, or http to this machine or to a host in CALLBACK_ALLOW_LIST.'],
  ['http://bot:3978', 'must be https, or http to this machine or to a host in CALLBACK_ALLOW_LIST.'],
  ['https://169.254.169.254', 'points to 169.254.169.254, which is not a public address.'],
])('CALLBACK_REWRITE to %s is refused, because no callback may be there', (to, reason) => {
  const settings = { RINGBACK_LOCAL: 'true', CALLBACK_REWRITE: `https://bot.example.com=${to}` }
  expect(() => readSettings(settings)).toThrow(`CALLBACK_REWRITE: ${to} ${reason}`)
  const CALLBACK_ALLOW_LIST = 'bot, 10.0.0.0/8, 169.254.169.254'
  expect(readSettings({ ...settings, CALLBACK_ALLOW_LIST }).CALLBACK_REWRITE).toHaveLength(1)
})

test('a deployed service refuses CALLBACK_REWRITE, because it serves the bots of others', () => {
  expect(() => readSettings({ CALLBACK_REWRITE: 'https://bot.example.com=https://other.example' })).toThrow(
    'CALLBACK_REWRITE needs RINGBACK_LOCAL, because it redirects notifications of all bots.',
  )
})

const VAULT_KEY = 'https://my-vault.vault.azure.net/keys/notifications'

test.each([
  'http://my-vault.vault.azure.net/keys/notifications',
  'https://vault.example/keys/notifications',
  'https://my-vault.vault.azure.net.example/keys/notifications',
  'https://my-vault.vault.azure.net/secrets/notifications',
  'https://my-vault.vault.azure.net/keys/notifications/',
  `${VAULT_KEY}/0123456789abcdef0123456789abcdef`,
  'notifications',
])('NOTIFICATION_KEY=%s is refused with the expected form', (NOTIFICATION_KEY) => {
  expect(() => readSettings({ NOTIFICATION_KEY })).toThrow(
    'NOTIFICATION_KEY: must be https://{vault}.vault.azure.net/keys/{name}, without a version',
  )
})

test('a service on Azure needs a key in a vault, because its instances share no files', () => {
  const onAzure = { WEBSITE_HOSTNAME: 'ringback.azurewebsites.net' }
  expect(() => readSettings(onAzure)).toThrow(
    'NOTIFICATION_KEY must be set on Azure, to https://{vault}.vault.azure.net/keys/{name}.',
  )
  expect(readSettings({ ...onAzure, NOTIFICATION_KEY: VAULT_KEY })).toMatchObject({ NOTIFICATION_KEY: VAULT_KEY })
  // The Functions host sets WEBSITE_HOSTNAME locally too.
  expect(readSettings({ RINGBACK_LOCAL: 'true', WEBSITE_HOSTNAME: 'localhost:7071' })).toMatchObject({
    RINGBACK_LOCAL: true,
  })
})

test('docs/configuration.md lists exactly the settings for users', () => {
  const rows = [...readFileSync('docs/configuration.md', 'utf8').matchAll(/^\| `([A-Z][A-Za-z0-9_]+)` \|/gm)]
  const localHostSettings = ['PORT', 'HOST']
  const documented = rows.map(([, name = '']) => name).filter((name) => !localHostSettings.includes(name))
  expect(documented.toSorted()).toEqual(userSettingNames.toSorted())
})
