import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { BLOB_CONTAINER } from '../../../shared/storage/blobs.js'
import { poisonQueueOf, QUEUES } from '../../../shared/storage/queues.js'
import { TABLES } from '../../../shared/storage/tables.js'
import { type CodeNeeds, type Deployment, findProblems, type Resource } from './policy.js'

// `npm run infra:check` compiles the templates where the compiler is available. Its output is committed, so that this
// test checks it everywhere.

const read = (file: string) => JSON.parse(readFileSync(`test/unit/infra/${file}`, 'utf8'))
const readDeployment = (variant: 'public' | 'vnet'): Deployment => ({
  resources: read(`${variant}.snapshot.json`).predictedResources,
  outputs: read('main.json').outputs,
  isClosed: variant === 'vnet',
  isScaledToZero: variant === 'vnet',
  accounts: variant === 'vnet' ? 2 : 1,
})

const connections = new Set<string>()
const queueFunctions: string[] = []
for await (const file of glob(['functions/**/*.ts', 'shared/**/*.ts'])) {
  const text = readFileSync(file, 'utf8')
  for (const [, name = ''] of text.matchAll(/\bconnection: '(\w+)'/g)) connections.add(name)
  for (const [, name = ''] of text.matchAll(/registerQueueFunction\({ name: '([\w-]+)'/g)) queueFunctions.push(name)
}
const code: CodeNeeds = {
  tables: TABLES,
  queues: [...QUEUES, ...QUEUES.map(poisonQueueOf)],
  containers: [BLOB_CONTAINER],
  settings: [...readFileSync('shared/service/config.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Za-z0-9_]+):/gm)].map(
    ([, name = '']) => name,
  ),
  // Notifications come first.
  queueFunctions: queueFunctions.toSorted().toReversed(),
  connections: [...connections],
}

test.each(['public', 'vnet'] as const)('the %s deployment violates no rule', (variant) => {
  expect(connections).toEqual(new Set(['CALLS_STORAGE']))
  expect(findProblems(readDeployment(variant), code)).toEqual([])
})

test('the settings of a deployment replace those of the template, and an empty one is not set', () => {
  const settings = findResource(readDeployment('vnet'), SETTINGS).properties
  expect(settings).toMatchObject({ SWEEP_SCHEDULE: '*/30 * * * * *', TOKEN_AUDIENCES: 'api://replaced' })
  expect(settings).not.toHaveProperty('CALLBACK_ALLOW_LIST')
})

test('the settings name the storage accounts after the first, which are those of the deployment', () => {
  const more = (variant: 'public' | 'vnet') => findResource(readDeployment(variant), SETTINGS).properties
  expect(more('public')).toMatchObject({
    MORE_CALLS_STORAGE__blobServiceUri: '',
    MORE_CALLS_STORAGE__tableServiceUri: '',
  })
  const [, second] = readDeployment('vnet').resources.filter(({ type }) => type === STORAGE)
  for (const service of ['blob', 'table']) {
    const text = more('vnet')[`MORE_CALLS_STORAGE__${service}ServiceUri`]
    expect(text).toContain(`format('https://{0}.${service}.{1}/', '${second?.name}', environment().suffixes.storage)`)
  }
})

test('the name of the vault ends with its suffix, so that it differs from the one of a removed deployment', () => {
  const [first, second] = (['public', 'vnet'] as const).map((variant) => findResource(readDeployment(variant), VAULT))
  expect(second?.name).toBe(`${first?.name}2`)
})

type Mutation = (deployment: Deployment) => unknown
const findResource = ({ resources }: Deployment, type: string) =>
  resources.find((resource) => resource.type === type) as Resource
const change =
  (type: string, mutate: (resource: Resource) => unknown): Mutation =>
  (deployment) =>
    mutate(findResource(deployment, type))
const remove =
  (matches: (resource: Resource) => boolean): Mutation =>
  ({ resources }) =>
    (resources as Resource[]).splice(resources.findIndex(matches), 1)
const addCopy =
  (type: string, changes: Partial<Resource>): Mutation =>
  (deployment) =>
    (deployment.resources as Resource[]).push({ ...findResource(deployment, type), ...changes })

const STORAGE = 'Microsoft.Storage/storageAccounts'
const SITE = 'Microsoft.Web/sites'
const SETTINGS = 'Microsoft.Web/sites/config'
const ROLE = 'Microsoft.Authorization/roleAssignments'
const VAULT = 'Microsoft.KeyVault/vaults'

// Each rule finds its violation.
const VIOLATIONS: [title: string, mutate: Mutation, problem: string][] = [
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
    'an old TLS version of the storage',
    change(STORAGE, ({ properties }) => (properties.minimumTlsVersion = 'TLS1_0')),
    'storage: minimumTlsVersion must be "TLS1_2"',
  ],
  [
    'http to the storage',
    change(STORAGE, ({ properties }) => (properties.supportsHttpsTrafficOnly = false)),
    'storage: supportsHttpsTrafficOnly must be true',
  ],
  ['a missing table', remove(({ name }) => name.endsWith('/watchdog')), 'tables: watchdog is missing'],
  [
    'a missing queue',
    remove(({ name }) => name.endsWith('/call-timers-poison')),
    'queues: call-timers-poison is missing',
  ],
  ['a missing container', remove(({ name }) => name.endsWith('/recordings')), 'containers: recordings is missing'],
  [
    'an additional queue',
    addCopy(`${STORAGE}/queueServices/queues`, { name: 'x/default/letters' }),
    'queues: letters is not expected',
  ],
  [
    'a missing role',
    remove(({ type }) => type === ROLE),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on Microsoft.Storage/storageAccounts is missing',
  ],
  [
    'an additional role',
    addCopy(ROLE, {
      properties: { roleDefinitionId: '/x/8e3af657-a8ff-443c-a75c-2fe8c4bcb635', principalType: 'ServicePrincipal' },
    }),
    'roles: 8e3af657-a8ff-443c-a75c-2fe8c4bcb635 on Microsoft.Storage/storageAccounts is not expected',
  ],
  [
    'a role on the resource group',
    change(ROLE, (resource) =>
      Object.assign(resource, { id: `[extensionResourceId('/subscriptions/x/resourceGroups/y', '${ROLE}', 'z')]` }),
    ),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on a resource group is not expected',
  ],
  [
    'a role of a user',
    change(ROLE, ({ properties }) => (properties.principalType = 'User')),
    'roles: b7e6dc6d-f1e8-4753-8033-0f276bb0955b on Microsoft.Storage/storageAccounts (User) is not expected',
  ],
  ['http to the app', change(SITE, ({ properties }) => (properties.httpsOnly = false)), 'site: httpsOnly must be true'],
  [
    'an old TLS version of the app',
    change(SITE, ({ properties }) => (properties.siteConfig.minTlsVersion = '1.0')),
    'site: minTlsVersion must be "1.2"',
  ],
  [
    'FTP',
    change(SITE, ({ properties }) => (properties.siteConfig.ftpsState = 'AllAllowed')),
    'site: ftpsState must be "Disabled"',
  ],
  [
    'access to the package with a key',
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
    'an unknown setting',
    change(SETTINGS, ({ properties }) => (properties.LEASE = '1')),
    'setting: the code does not read LEASE',
  ],
  [
    'a missing setting',
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
    `${SETTINGS}: contains a secret`,
  ],
  [
    'a setting that reads keys',
    change(SETTINGS, ({ properties }) => (properties.SIMULATOR = "[listKeys('x', '1')]")),
    `${SETTINGS}: contains a secret`,
  ],
  [
    'access policies of the vault',
    change(VAULT, ({ properties }) => (properties.enableRbacAuthorization = false)),
    'vault: enableRbacAuthorization must be true',
  ],
  [
    'a vault without purge protection',
    change(VAULT, ({ properties }) => delete properties.enablePurgeProtection),
    'vault: enablePurgeProtection must be true',
  ],
  [
    'a key for more than signing',
    change(`${VAULT}/keys`, ({ properties }) => properties.keyOps.push('decrypt')),
    'key: keyOps must be ["sign","verify"]',
  ],
  [
    'a key without rotation',
    change(`${VAULT}/keys`, ({ properties }) => delete properties.rotationPolicy),
    'key: must have a rotation policy',
  ],
  [
    'telemetry with a key',
    change('Microsoft.Insights/components', ({ properties }) => (properties.DisableLocalAuth = false)),
    'Application Insights: DisableLocalAuth must be true',
  ],
  ['a missing alert', remove(({ name }) => name === 'dead-letters'), 'alerts: dead-letters is missing'],
  [
    'an alert with another threshold',
    change('Microsoft.Insights/scheduledQueryRules', ({ properties }) => (properties.criteria.allOf[0].threshold = 9)),
    'alert poison-message: threshold must be 0',
  ],
  [
    'an alert with another severity',
    change('Microsoft.Insights/scheduledQueryRules', ({ properties }) => (properties.severity = 4)),
    'alert poison-message: severity must be 1',
  ],
  [
    'an alert that tolerates more errors',
    ({ resources }) => {
      const alert = resources.find(({ name }) => name === 'server-errors')
      alert?.properties.criteria.allOf.forEach((condition: { query: string }) => {
        condition.query = condition.query.replace('* 100', '* 2')
      })
    },
    'alert server-errors: the query must have "where All >= 20 and Failed * 100 > All"',
  ],
  [
    'the simulator',
    change(SETTINGS, ({ properties }) => (properties.SIMULATOR = 'True')),
    'settings: SIMULATOR must be "False"',
  ],
  [
    'a queue function without an instance that is ready',
    change(SITE, ({ properties }) => properties.functionAppConfig.scaleAndConcurrency.alwaysReady.pop()),
    'scaling: alwaysReady must be [{"name":"function:notifications-dispatch","instanceCount":1},' +
      '{"name":"function:call-timer-fire","instanceCount":1}]',
  ],
  [
    'an API version that was not checked',
    change(STORAGE, (resource) => Object.assign(resource, { apiVersion: '2019-06-01' })),
    `${STORAGE}: 2019-06-01 is not the checked API version`,
  ],
  [
    'an output that is a secret',
    ({ outputs }) => Object.assign(outputs, { KEY: { type: 'securestring', value: '' } }),
    'output KEY: is a secret',
  ],
  [
    'a key in an output',
    ({ outputs }) => Object.assign(outputs, { CONNECTION: { type: 'string', value: "[listKeys('x', '1').keys[0]]" } }),
    'output CONNECTION: contains a secret',
  ],
]
const NETWORK_VIOLATIONS: typeof VIOLATIONS = [
  [
    'a storage account with public access',
    change(STORAGE, ({ properties }) => (properties.publicNetworkAccess = 'Enabled')),
    `${STORAGE}: publicNetworkAccess must be "Disabled"`,
  ],
  [
    'a storage account with a bypass',
    change(STORAGE, ({ properties }) => (properties.networkAcls.bypass = 'AzureServices')),
    `${STORAGE}: bypass must be "None"`,
  ],
  [
    'a vault with public access',
    change(VAULT, ({ properties }) => (properties.publicNetworkAccess = 'Enabled')),
    `${VAULT}: publicNetworkAccess must be "Disabled"`,
  ],
  [
    'a missing private endpoint',
    remove(({ type, name }) => type === 'Microsoft.Network/privateEndpoints' && name.endsWith('-table')),
    'private endpoints: table is missing',
  ],
  [
    'an app outside of the virtual network',
    change(SITE, ({ properties }) => delete properties.virtualNetworkSubnetId),
    'site: must be in the virtual network',
  ],
]

/** Whether a resource belongs to the second storage account. */
const isOfSecond = ({ id, name }: Resource) => /st\w+2\b/.test(`${name} ${id.split(',')[0]}`)
const ACCOUNT_VIOLATIONS: typeof VIOLATIONS = [
  [
    'a missing account',
    remove((resource) => resource.type === STORAGE && isOfSecond(resource)),
    'storage: found 1 accounts',
  ],
  [
    'a second account without a table',
    remove((resource) => resource.name.endsWith('/watchdog') && isOfSecond(resource)),
    'tables 2: watchdog is missing',
  ],
  [
    'a second account without the container',
    remove((resource) => resource.name.endsWith('/recordings') && isOfSecond(resource)),
    'containers 2: recordings is missing',
  ],
  [
    'a second account without a role',
    remove((resource) => resource.type === ROLE && isOfSecond(resource)),
    'roles: ba92f5b4-2d11-453d-a403-e96b0029c9fe on Microsoft.Storage/storageAccounts 2 is missing',
  ],
  [
    'a second account without a private endpoint',
    remove(({ type, name }) => type === 'Microsoft.Network/privateEndpoints' && name.endsWith('-table2')),
    'private endpoints: table 2 is missing',
  ],
]

const CASES = [
  ...VIOLATIONS.map((violation) => ['public', ...violation] as const),
  ...[...NETWORK_VIOLATIONS, ...ACCOUNT_VIOLATIONS].map((violation) => ['vnet', ...violation] as const),
]
test.each(CASES)('in the %s deployment, the rules find %s', (variant, _, mutate, problem) => {
  const deployment = structuredClone(readDeployment(variant))
  mutate(deployment)
  expect(findProblems(deployment, code)).toContain(problem)
})
