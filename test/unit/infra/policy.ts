// The rules for a deployment. They check the compiled templates: the resources of a snapshot, and the outputs.

export interface Resource {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly apiVersion: string
  readonly scope?: string
  // biome-ignore lint/suspicious/noExplicitAny: resources have every shape
  readonly properties?: any
  // biome-ignore lint/suspicious/noExplicitAny: resources have every shape
  readonly [property: string]: any
}
export interface Deployment {
  readonly resources: readonly Resource[]
  /** The outputs of the compiled template. */
  readonly outputs: Readonly<Record<string, { readonly type: string; readonly value: string }>>
  readonly isClosed: boolean
  /** It has no instances that are always ready. */
  readonly isScaledToZero: boolean
  /** The number of its storage accounts. */
  readonly accounts: number
}

/** What the code needs from the deployment. */
export interface CodeNeeds {
  readonly tables: readonly string[]
  readonly queues: readonly string[]
  readonly containers: readonly string[]
  readonly settings: readonly string[]
  /** The names of the queue functions that bots wait for. */
  readonly queueFunctions: readonly string[]
  /** The names of connections that triggers use. */
  readonly connections: readonly string[]
}

/** The API versions with which the templates were checked. */
const API_VERSIONS: Readonly<Record<string, string>> = {
  'Microsoft.Resources/resourceGroups': '2025-04-01',
  'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
  'Microsoft.Storage/storageAccounts': '2025-06-01',
  'Microsoft.Web/serverfarms': '2025-03-01',
  'Microsoft.Web/sites': '2025-03-01',
  'Microsoft.OperationalInsights/workspaces': '2025-07-01',
  'Microsoft.Insights/components': '2020-02-02',
  'Microsoft.Insights/workbooks': '2023-06-01',
  'Microsoft.Insights/scheduledQueryRules': '2026-03-01',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.KeyVault/vaults': '2025-05-01',
  'Microsoft.Authorization/roleAssignments': '2022-04-01',
  'Microsoft.Network/virtualNetworks': '2025-05-01',
  'Microsoft.Network/privateEndpoints': '2025-05-01',
  'Microsoft.Network/privateDnsZones': '2024-06-01',
}

/** The only role assignments: role, id, and the type of the resource (Microsoft Learn, Azure built-in roles). */
const ROLES = [
  ['Storage Blob Data Owner', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Microsoft.Storage/storageAccounts'],
  ['Storage Queue Data Contributor', '974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Microsoft.Storage/storageAccounts'],
  ['Storage Table Data Contributor', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Microsoft.Storage/storageAccounts'],
  ['Key Vault Crypto User', '12338af0-0e69-4776-bea7-57ae8d297424', 'Microsoft.KeyVault/vaults/keys'],
  ['Monitoring Metrics Publisher', '3913510d-42f4-4e42-8a64-420c390055eb', 'Microsoft.Insights/components'],
] as const

/** The roles on every storage account after the first, which has no queues and no data of the host. */
const ROLES_ON_MORE_STORAGE = [
  ['Storage Blob Data Contributor', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'],
  ['Storage Table Data Contributor', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'],
] as const

/** The role of the deploying person or service, whose type is not known: it uploads the package. */
const DEPLOYER_ROLE =
  'ba92f5b4-2d11-453d-a403-e96b0029c9fe on Microsoft.Storage/storageAccounts/blobServices/containers (undefined)'

/** The container of the deployed package. */
const PACKAGE_CONTAINER = 'app-package'

/** The alerts that docs/deployment.md describes: name, severity, and the limit in the query, if it has one. */
const ALERTS = [
  ['poison-message', 1, ''],
  ['dead-letters', 3, ''],
  ['server-errors', 2, 'where All >= 20 and Failed * 100 > All'],
  ['oldest-pending', 2, 'where Seconds > 600'],
] as const

/** The settings that the host and the libraries read. */
const FOREIGN_SETTINGS = [
  ...['credential', 'clientId', 'blobServiceUri', 'queueServiceUri', 'tableServiceUri'].map(
    (part) => `AzureWebJobsStorage__${part}`,
  ),
  'CALLS_STORAGE__credential',
  'CALLS_STORAGE__clientId',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AZURE_CLIENT_ID',
]
/** The settings of the service that a deployment must set. All others keep their defaults. */
const REQUIRED_SETTINGS = [
  'CALLS_STORAGE__blobServiceUri',
  'CALLS_STORAGE__tableServiceUri',
  'CALLS_STORAGE__queueServiceUri',
  'MORE_CALLS_STORAGE__blobServiceUri',
  'MORE_CALLS_STORAGE__tableServiceUri',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'NOTIFICATION_KEY',
  'TOKEN_ISSUERS',
  'TOKEN_AUDIENCES',
  'SIMULATOR',
]
/** Settings that functionAppConfig replaces on Flex Consumption, or that disable the managed identity. */
const FORBIDDEN_SETTINGS =
  /^(FUNCTIONS_|WEBSITE_CONTENT|AzureWebJobsStorage$|(MORE_)?CALLS_STORAGE$|RINGBACK_LOCAL|KEYS_DIRECTORY)/
const SECRET = /AccountKey=|SharedAccessSignature|listKeys\(|listSecrets?\(|accountSas|InstrumentationKey=/i

/** Returns one line for each violated rule. */
export function findProblems(deployment: Deployment, code: CodeNeeds): string[] {
  return [
    ...storageProblems(deployment, code),
    ...roleProblems(deployment),
    ...siteProblems(deployment, code),
    ...vaultProblems(deployment),
    ...monitoringProblems(deployment),
    ...networkProblems(deployment),
    ...versionProblems(deployment),
    ...secretProblems(deployment),
  ]
}

const ofType = ({ resources }: Deployment, type: string) => resources.filter((resource) => resource.type === type)
const checkProperties = (
  what: string,
  found: object | undefined,
  expected: Readonly<Record<string, unknown>>,
): string[] =>
  Object.entries(expected)
    .filter(
      ([name, value]) =>
        JSON.stringify((found as Record<string, unknown> | undefined)?.[name]) !== JSON.stringify(value),
    )
    .map(([name, value]) => `${what}: ${name} must be ${JSON.stringify(value)}`)
const checkNames = (what: string, found: readonly string[], expected: readonly string[]): string[] => [
  ...expected.filter((name) => !found.includes(name)).map((name) => `${what}: ${name} is missing`),
  ...found.filter((name) => !expected.includes(name)).map((name) => `${what}: ${name} is not expected`),
]
const lastSegment = (text: string) => text.split('/').at(-1) ?? ''

const listAccounts = (deployment: Deployment) => ofType(deployment, 'Microsoft.Storage/storageAccounts')
/** The index of the account whose name is a part of a path; 0, the first one, for every other path. */
const accountIndex = (deployment: Deployment, path: string) =>
  listAccounts(deployment)
    .slice(1)
    .findIndex(({ name }) => path.split('/').includes(name)) + 1
/** How a problem names an account after the first. */
const numberOf = (index: number) => (index === 0 ? '' : ` ${index + 1}`)

function storageProblems(deployment: Deployment, needed: CodeNeeds): string[] {
  const accounts = listAccounts(deployment)
  const containers = ofType(deployment, 'Microsoft.Storage/storageAccounts/blobServices/containers')
  return [
    ...(accounts.length === deployment.accounts ? [] : [`storage: found ${accounts.length} accounts`]),
    ...accounts.flatMap(({ properties }) =>
      checkProperties('storage', properties, {
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        allowCrossTenantReplication: false,
        defaultToOAuthAuthentication: true,
        isLocalUserEnabled: false,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      }),
    ),
    ...containers.flatMap(({ properties }) => checkProperties('container', properties, { publicAccess: 'None' })),
    ...accounts.flatMap((_, index) => contentProblems(deployment, needed, index)),
  ]
}

/** Every account has all tables and containers. Only the first has queues and the package. */
function contentProblems(deployment: Deployment, { tables, queues, containers }: CodeNeeds, index: number): string[] {
  const names = (kind: string) =>
    ofType(deployment, `Microsoft.Storage/storageAccounts/${kind}`)
      .filter(({ name }) => accountIndex(deployment, name) === index)
      .map(({ name }) => lastSegment(name))
  const isFirst = index === 0
  const expectedContainers = isFirst ? [PACKAGE_CONTAINER, ...containers] : containers
  return [
    ...checkNames(`tables${numberOf(index)}`, names('tableServices/tables'), tables),
    ...checkNames(`queues${numberOf(index)}`, names('queueServices/queues'), isFirst ? queues : []),
    ...checkNames(`containers${numberOf(index)}`, names('blobServices/containers'), expectedContainers),
  ]
}

function roleProblems(deployment: Deployment): string[] {
  const more = listAccounts(deployment).slice(1)
  const assigned = ofType(deployment, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
    const roleId = lastSegment(String(properties.roleDefinitionId)).replace(/[^0-9a-f-].*$/, '')
    // The id begins with the scope.
    const [, scope = ''] = /^\[extensionResourceId\('([^']+)'/.exec(id) ?? []
    const [, provider = '', path = ''] = /\/providers\/([^/]+)\/(.+)$/.exec(scope) ?? []
    const types = path.split('/').filter((_, index) => index % 2 === 0)
    const target = provider ? [provider, ...types].join('/') : 'a resource group'
    const { principalType } = properties
    const number = numberOf(accountIndex(deployment, path))
    return `${roleId} on ${target}${number}${principalType === 'ServicePrincipal' ? '' : ` (${principalType})`}`
  })
  const onMore = more.flatMap(({ type }, index) =>
    ROLES_ON_MORE_STORAGE.map(([, id]) => `${id} on ${type}${numberOf(index + 1)}`),
  )
  return checkNames('roles', assigned, [...ROLES.map(([, id, type]) => `${id} on ${type}`), DEPLOYER_ROLE, ...onMore])
}

function siteProblems(deployment: Deployment, code: CodeNeeds): string[] {
  const sites = ofType(deployment, 'Microsoft.Web/sites')
  const [settings] = ofType(deployment, 'Microsoft.Web/sites/config')
  const set = Object.keys(settings?.properties ?? {})
  const policies = ofType(deployment, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies')
  return [
    ...sites.flatMap(({ properties, identity, tags }) => [
      ...checkProperties('site', properties, { httpsOnly: true }),
      ...checkProperties('site', properties.siteConfig, { ftpsState: 'Disabled', minTlsVersion: '1.2' }),
      ...checkProperties('site', identity, { type: 'UserAssigned' }),
      ...checkProperties('site', tags, { 'azd-service-name': 'api' }),
      ...checkProperties('package', properties.functionAppConfig.deployment.storage.authentication, {
        type: 'UserAssignedIdentity',
      }),
      ...checkProperties('scaling', properties.functionAppConfig.scaleAndConcurrency, {
        alwaysReady: code.queueFunctions
          .slice(0, deployment.isScaledToZero ? 0 : undefined)
          .map((name) => ({ name: `function:${name}`, instanceCount: 1 })),
      }),
      ...checkProperties('runtime', properties.functionAppConfig.runtime, { name: 'node' }),
    ]),
    ...checkNames(
      'publishing',
      policies.filter(({ properties }) => properties.allow === false).map(({ name }) => lastSegment(name)),
      ['ftp', 'scm'],
    ),
    ...set
      .filter((name) => ![...code.settings, ...FOREIGN_SETTINGS].includes(name))
      .map((name) => `setting: the code does not read ${name}`),
    ...[...REQUIRED_SETTINGS, ...FOREIGN_SETTINGS]
      .filter((name) => !set.includes(name))
      .map((name) => `setting: ${name} is missing`),
    ...set.filter((name) => FORBIDDEN_SETTINGS.test(name)).map((name) => `setting: ${name} must not be set`),
    ...code.connections.flatMap((connection) =>
      ['credential', 'clientId', 'queueServiceUri']
        .map((part) => `${connection}__${part}`)
        .filter((name) => !set.includes(name))
        .map((name) => `connection: ${name} is missing`),
    ),
    ...checkProperties('settings', settings?.properties, {
      AzureWebJobsStorage__credential: 'managedidentity',
      CALLS_STORAGE__credential: 'managedidentity',
      SIMULATOR: 'False',
    }),
  ]
}

function vaultProblems(deployment: Deployment): string[] {
  const [key] = ofType(deployment, 'Microsoft.KeyVault/vaults/keys')
  return [
    ...ofType(deployment, 'Microsoft.KeyVault/vaults').flatMap(({ properties }) =>
      checkProperties('vault', properties, { enableRbacAuthorization: true, enablePurgeProtection: true }),
    ),
    ...checkProperties('key', key?.properties, { kty: 'RSA', keySize: 2048, keyOps: ['sign', 'verify'] }),
    ...(key?.properties.rotationPolicy?.lifetimeActions?.[0]?.action?.type === 'rotate'
      ? []
      : ['key: must have a rotation policy']),
  ]
}

function monitoringProblems(deployment: Deployment): string[] {
  const alerts = ofType(deployment, 'Microsoft.Insights/scheduledQueryRules')
  return [
    ...ofType(deployment, 'Microsoft.Insights/components').flatMap(({ properties }) =>
      checkProperties('Application Insights', properties, { DisableLocalAuth: true }),
    ),
    ...checkNames(
      'alerts',
      alerts.map(({ name }) => name),
      ALERTS.map(([name]) => name),
    ),
    ...alerts.flatMap(({ name, properties }) => alertProblems(name, properties)),
  ]
}

function alertProblems(name: string, { severity, enabled, criteria }: Resource['properties']): string[] {
  const [condition] = criteria.allOf
  const [, expectedSeverity, limit = ''] = ALERTS.find(([expected]) => expected === name) ?? []
  return [
    ...checkProperties(`alert ${name}`, { severity, enabled }, { severity: expectedSeverity, enabled: true }),
    ...checkProperties(`alert ${name}`, condition, {
      timeAggregation: 'Count',
      operator: 'GreaterThan',
      threshold: 0,
      failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 },
    }),
    ...(condition.query.includes(limit) ? [] : [`alert ${name}: the query must have "${limit}"`]),
  ]
}

/** A closed deployment allows no public network access, and has a private endpoint for each service that it uses. */
function networkProblems(deployment: Deployment): string[] {
  const guarded = [
    ...ofType(deployment, 'Microsoft.Storage/storageAccounts'),
    ...ofType(deployment, 'Microsoft.KeyVault/vaults'),
  ]
  const access = deployment.isClosed ? 'Disabled' : 'Enabled'
  const more = listAccounts(deployment).slice(1)
  const groups = ofType(deployment, 'Microsoft.Network/privateEndpoints').map(({ properties }) => {
    const { groupIds, privateLinkServiceId } = properties.privateLinkServiceConnections[0].properties
    return `${groupIds[0]}${numberOf(accountIndex(deployment, privateLinkServiceId))}`
  })
  const groupsOfMore = more.flatMap((_, index) => ['blob', 'table'].map((group) => `${group}${numberOf(index + 1)}`))
  const subnet = ofType(deployment, 'Microsoft.Web/sites')[0]?.properties.virtualNetworkSubnetId
  return [
    ...guarded.flatMap(({ type, properties }) => [
      ...checkProperties(type, properties, { publicNetworkAccess: access }),
      ...checkProperties(type, properties.networkAcls, {
        bypass: 'None',
        defaultAction: deployment.isClosed ? 'Deny' : 'Allow',
      }),
    ]),
    ...checkNames(
      'private endpoints',
      groups,
      deployment.isClosed ? ['blob', 'queue', 'table', 'vault', ...groupsOfMore] : [],
    ),
    ...(Boolean(subnet) === deployment.isClosed
      ? []
      : [`site: ${deployment.isClosed ? 'must' : 'must not'} be in the virtual network`]),
  ]
}

function versionProblems({ resources }: Deployment): string[] {
  return resources
    .filter(({ type, apiVersion }) => API_VERSIONS[type.split('/').slice(0, 2).join('/')] !== apiVersion)
    .map(({ type, apiVersion }) => `${type}: ${apiVersion} is not the checked API version`)
}

function secretProblems({ resources, outputs }: Deployment): string[] {
  const texts = [
    ...resources.map((resource) => [resource.type, JSON.stringify(resource)]),
    ...Object.entries(outputs).map(([name, output]) => [`output ${name}`, JSON.stringify(output)]),
  ]
  return [
    ...texts.filter(([, text]) => SECRET.test(text ?? '')).map(([what]) => `${what}: contains a secret`),
    ...Object.entries(outputs)
      .filter(([, { type }]) => /secure/i.test(type))
      .map(([name]) => `output ${name}: is a secret`),
    ...checkNames('outputs', Object.keys(outputs), [
      'AZURE_LOCATION',
      'AZURE_TENANT_ID',
      'AZURE_RESOURCE_GROUP',
      'AZURE_FUNCTION_NAME',
      'SERVICE_API_NAME',
      'SERVICE_API_URI',
    ]),
  ]
}
