import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { poisonQueueOf, QUEUES } from '../../../shared/storage/queues.js'
import { TABLES } from '../../../shared/storage/tables.js'
import { type Code, type Deployment, problemsOf, type Resource } from './policy.js'

// The templates are compiled by `npm run infra:check`, wherever the compiler is; what they compile to is committed, so that
// this is looked at everywhere.

const read = (file: string) => JSON.parse(readFileSync(`test/unit/infra/${file}`, 'utf8'))
const deployed = (variant: 'public' | 'vnet'): Deployment => ({
  resources: read(`${variant}.snapshot.json`).predictedResources,
  outputs: read('main.json').outputs,
  isClosed: variant === 'vnet',
})

const connections = new Set<string>()
for await (const file of glob(['functions/**/*.ts', 'shared/**/*.ts'])) {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\bconnection: '(\w+)'/g)) connections.add(name)
}
const code: Code = {
  tables: TABLES,
  queues: [...QUEUES, ...QUEUES.map(poisonQueueOf)],
  settings: [...readFileSync('shared/service/config.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Za-z0-9_]+):/gm)].map(
    ([, name = '']) => name,
  ),
  connections: [...connections],
}

test.each(['public', 'vnet'] as const)('the %s deployment is as it should be', (variant) => {
  expect(connections).toEqual(new Set(['CALLS_STORAGE']))
  expect(problemsOf(deployed(variant), code)).toEqual([])
})

type Change = (one: Resource) => unknown
const change =
  (type: string, mutate: Change) =>
  (deployment: Deployment): unknown =>
    mutate(deployment.resources.find((one) => one.type === type) as Resource)
const without =
  (find: (one: Resource) => boolean) =>
  ({ resources }: Deployment): unknown =>
    (resources as Resource[]).splice(resources.findIndex(find), 1)
const again =
  (type: string, changes: Partial<Resource>) =>
  ({ resources }: Deployment): unknown =>
    (resources as Resource[]).push({ ...(resources.find((one) => one.type === type) as Resource), ...changes })

const STORAGE = 'Microsoft.Storage/storageAccounts'
const SITE = 'Microsoft.Web/sites'
const SETTINGS = 'Microsoft.Web/sites/config'
const ROLE = 'Microsoft.Authorization/roleAssignments'
const VAULT = 'Microsoft.KeyVault/vaults'

// Each policy sees what it is there for.
const wrong: [title: string, mutate: (deployment: Deployment) => unknown, seen: string][] = [
  [
    'shared keys',
    change(STORAGE, ({ properties }) => (properties.allowSharedKeyAccess = true)),
    'storage: allowSharedKeyAccess must be false',
  ],
  [
    'shared keys by default',
    change(STORAGE, ({ properties }) => delete properties.allowSharedKeyAccess),
    'storage: allowSharedKeyAccess must be false',
  ],
  [
    'public blobs',
    change(STORAGE, ({ properties }) => (properties.allowBlobPublicAccess = true)),
    'storage: allowBlobPublicAccess must be false',
  ],
  [
    'a public container',
    change(`${STORAGE}/blobServices/containers`, ({ properties }) => (properties.publicAccess = 'Blob')),
    'container: publicAccess must be "None"',
  ],
  [
    'old TLS of the storage',
    change(STORAGE, ({ properties }) => (properties.minimumTlsVersion = 'TLS1_0')),
    'storage: minimumTlsVersion must be "TLS1_2"',
  ],
  [
    'http to the storage',
    change(STORAGE, ({ properties }) => (properties.supportsHttpsTrafficOnly = false)),
    'storage: supportsHttpsTrafficOnly must be true',
  ],
  ['a table too few', without(({ name }) => name.endsWith('/watchdog')), 'tables: watchdog is missing'],
  [
    'a queue too few',
    without(({ name }) => name.endsWith('/call-timers-poison')),
    'queues: call-timers-poison is missing',
  ],
  [
    'a queue too many',
    again(`${STORAGE}/queueServices/queues`, { name: 'x/default/letters' }),
    'queues: letters should not be there',
  ],
  [
    'a role too few',
    without(({ type }) => type === ROLE),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on Microsoft.Storage/storageAccounts is missing',
  ],
  [
    'a role too many',
    again(ROLE, {
      properties: { roleDefinitionId: '/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635', principalType: 'ServicePrincipal' },
    }),
    'roles: 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 on Microsoft.Storage/storageAccounts should not be there',
  ],
  [
    'a role on the whole group',
    change(ROLE, (one) =>
      Object.assign(one, { id: `[extensionResourceId('/subscriptions/x/resourceGroups/y', '${ROLE}', 'z')]` }),
    ),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on a whole group should not be there',
  ],
  [
    'a role of a person',
    change(ROLE, ({ properties }) => (properties.principalType = 'User')),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on Microsoft.Storage/storageAccounts of somebody should not be there',
  ],
  ['http to the app', change(SITE, ({ properties }) => (properties.httpsOnly = false)), 'site: httpsOnly must be true'],
  [
    'old TLS of the app',
    change(SITE, ({ properties }) => (properties.siteConfig.minTlsVersion = '1.0')),
    'site: minTlsVersion must be "1.2"',
  ],
  [
    'ftp',
    change(SITE, ({ properties }) => (properties.siteConfig.ftpsState = 'AllAllowed')),
    'site: ftpsState must be "Disabled"',
  ],
  [
    'a package behind a key',
    change(
      SITE,
      ({ properties }) =>
        (properties.functionAppConfig.deployment.storage.authentication.type = 'StorageAccountConnectionString'),
    ),
    'package: type must be "UserAssignedIdentity"',
  ],
  [
    'passwords for publishing',
    change(`${SITE}/basicPublishingCredentialsPolicies`, ({ properties }) => (properties.allow = true)),
    'publishing: ftp is missing',
  ],
  [
    'a setting that nobody reads',
    change(SETTINGS, ({ properties }) => (properties.LEASE = '1')),
    'setting: nobody reads LEASE',
  ],
  [
    'a setting too few',
    change(SETTINGS, ({ properties }) => delete properties.TOKEN_AUDIENCES),
    'setting: TOKEN_AUDIENCES is missing',
  ],
  [
    'a setting that Flex Consumption refuses',
    change(SETTINGS, ({ properties }) => (properties.FUNCTIONS_WORKER_RUNTIME = 'node')),
    'setting: FUNCTIONS_WORKER_RUNTIME must not be set',
  ],
  [
    'the local issuer',
    change(SETTINGS, ({ properties }) => (properties.RINGBACK_LOCAL = 'true')),
    'setting: RINGBACK_LOCAL must not be set',
  ],
  [
    'a trigger without its connection',
    change(SETTINGS, ({ properties }) => delete properties.CALLS_STORAGE__queueServiceUri),
    'connection: CALLS_STORAGE__queueServiceUri is missing',
  ],
  [
    'a key in a setting',
    change(SETTINGS, ({ properties }) => (properties.TOKEN_ISSUERS = 'AccountKey=abc')),
    `${SETTINGS}: has a secret`,
  ],
  [
    'keys that are read',
    change(SETTINGS, ({ properties }) => (properties.SIMULATOR = "[listKeys('x', '1')]")),
    `${SETTINGS}: has a secret`,
  ],
  [
    'access policies of the vault',
    change(VAULT, ({ properties }) => (properties.enableRbacAuthorization = false)),
    'vault: enableRbacAuthorization must be true',
  ],
  [
    'a vault that can be emptied',
    change(VAULT, ({ properties }) => delete properties.enablePurgeProtection),
    'vault: enablePurgeProtection must be true',
  ],
  [
    'a key for more than signing',
    change(`${VAULT}/keys`, ({ properties }) => properties.keyOps.push('decrypt')),
    'key: keyOps must be ["sign","verify"]',
  ],
  [
    'a key for ever',
    change(`${VAULT}/keys`, ({ properties }) => delete properties.rotationPolicy),
    'key: it must be rotated',
  ],
  [
    'telemetry by key',
    change('Microsoft.Insights/components', ({ properties }) => (properties.DisableLocalAuth = false)),
    'Application Insights: DisableLocalAuth must be true',
  ],
  ['an alert too few', without(({ name }) => name === 'dead-letters'), 'alerts: dead-letters is missing'],
  [
    'a version that nobody has checked',
    change(STORAGE, (one) => Object.assign(one, { apiVersion: '2019-06-01' })),
    `${STORAGE}: 2019-06-01 is not the version that was checked`,
  ],
  [
    'an output that is a secret',
    ({ outputs }) => Object.assign(outputs, { KEY: { type: 'securestring', value: '' } }),
    'output KEY: is a secret',
  ],
  [
    'a key in an output',
    ({ outputs }) => Object.assign(outputs, { CONNECTION: { type: 'string', value: "[listKeys('x', '1').keys[0]]" } }),
    'output CONNECTION: has a secret',
  ],
]
const leaks: typeof wrong = [
  [
    'a storage that is open',
    change(STORAGE, ({ properties }) => (properties.publicNetworkAccess = 'Enabled')),
    `${STORAGE}: publicNetworkAccess must be "Disabled"`,
  ],
  [
    'a storage that lets others pass',
    change(STORAGE, ({ properties }) => (properties.networkAcls.bypass = 'AzureServices')),
    `${STORAGE}: bypass must be "None"`,
  ],
  [
    'a vault that is open',
    change(VAULT, ({ properties }) => (properties.publicNetworkAccess = 'Enabled')),
    `${VAULT}: publicNetworkAccess must be "Disabled"`,
  ],
  [
    'an endpoint too few',
    without(({ type, name }) => type === 'Microsoft.Network/privateEndpoints' && name.endsWith('-table')),
    'private endpoints: table is missing',
  ],
  [
    'an app outside',
    change(SITE, ({ properties }) => delete properties.virtualNetworkSubnetId),
    'site: it must be in the network exactly if that is closed',
  ],
]

const cases = [...wrong.map((one) => ['public', ...one] as const), ...leaks.map((one) => ['vnet', ...one] as const)]
test.each(cases)('in the %s deployment %s would be seen', (variant, _, mutate, seen) => {
  const deployment = structuredClone(deployed(variant))
  mutate(deployment)
  expect(problemsOf(deployment, code)).toContain(seen)
})
