// What a deployment must be, looked at in what the templates compile to: the resources of a snapshot, and the outputs.

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
  /** The outputs of the whole, as the compiled template has them. */
  readonly outputs: Readonly<Record<string, { readonly type: string; readonly value: string }>>
  readonly isClosed: boolean
}

/** What the code says that the deployment must have. */
export interface Code {
  readonly tables: readonly string[]
  readonly queues: readonly string[]
  readonly settings: readonly string[]
  /** The names of connections that triggers use. */
  readonly connections: readonly string[]
}

/** The versions of Azure's interfaces that the templates were checked with. */
const API_VERSIONS: Readonly<Record<string, string>> = {
  'Microsoft.Resources/resourceGroups': '2024-11-01',
  'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
  'Microsoft.Storage/storageAccounts': '2025-06-01',
  'Microsoft.Web/serverfarms': '2025-03-01',
  'Microsoft.Web/sites': '2025-03-01',
  'Microsoft.OperationalInsights/workspaces': '2025-07-01',
  'Microsoft.Insights/components': '2020-02-02',
  'Microsoft.Insights/workbooks': '2023-06-01',
  'Microsoft.Insights/scheduledQueryRules': '2023-12-01',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.KeyVault/vaults': '2024-11-01',
  'Microsoft.Authorization/roleAssignments': '2022-04-01',
  'Microsoft.Network/virtualNetworks': '2025-05-01',
  'Microsoft.Network/privateEndpoints': '2025-05-01',
  'Microsoft.Network/privateDnsZones': '2024-06-01',
}

/** Who may do what, and on what: nothing else is assigned (Microsoft Learn, Azure built-in roles). */
const ROLES = [
  ['Storage Blob Data Owner', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Microsoft.Storage/storageAccounts'],
  ['Storage Queue Data Contributor', '974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Microsoft.Storage/storageAccounts'],
  ['Storage Table Data Contributor', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Microsoft.Storage/storageAccounts'],
  ['Key Vault Crypto User', '12338af0-0e69-4776-bea7-57ae8d297424', 'Microsoft.KeyVault/vaults/keys'],
  ['Monitoring Metrics Publisher', '3913510d-42f4-4e42-8a64-420c390055eb', 'Microsoft.Insights/components'],
] as const

/** What the host and the libraries read, and our settings don't have. */
const FOREIGN_SETTINGS = [
  ...['credential', 'clientId', 'blobServiceUri', 'queueServiceUri', 'tableServiceUri'].map(
    (one) => `AzureWebJobsStorage__${one}`,
  ),
  'CALLS_STORAGE__credential',
  'CALLS_STORAGE__clientId',
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'AZURE_CLIENT_ID',
]
/** What a deployment must say of our settings; of all others the default is right. */
const NEEDED_SETTINGS = [
  'CALLS_STORAGE__tableServiceUri',
  'CALLS_STORAGE__queueServiceUri',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'NOTIFICATION_KEY',
  'TOKEN_ISSUERS',
  'TOKEN_AUDIENCES',
  'SIMULATOR',
]
/** These belong to FunctionAppConfig on Flex Consumption, or would turn identity off. */
const FORBIDDEN_SETTINGS =
  /^(FUNCTIONS_|WEBSITE_CONTENT|AzureWebJobsStorage$|CALLS_STORAGE$|RINGBACK_LOCAL|KEYS_DIRECTORY)/
const SECRET = /AccountKey=|SharedAccessSignature|listKeys\(|listSecrets?\(|accountSas|InstrumentationKey=/i

/** Every problem, a line each; none when the deployment is as it should be. */
export function problemsOf(deployment: Deployment, code: Code): string[] {
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

const ofType = ({ resources }: Deployment, type: string) => resources.filter((one) => one.type === type)
const expectAll = (what: string, found: object | undefined, wanted: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(wanted)
    .filter(
      ([name, value]) =>
        JSON.stringify((found as Record<string, unknown> | undefined)?.[name]) !== JSON.stringify(value),
    )
    .map(([name, value]) => `${what}: ${name} must be ${JSON.stringify(value)}`)
const same = (what: string, found: readonly string[], wanted: readonly string[]): string[] => [
  ...wanted.filter((one) => !found.includes(one)).map((one) => `${what}: ${one} is missing`),
  ...found.filter((one) => !wanted.includes(one)).map((one) => `${what}: ${one} should not be there`),
]
const lastPart = (text: string) => text.split('/').at(-1) ?? ''

function storageProblems(deployment: Deployment, { tables, queues }: Code): string[] {
  const accounts = ofType(deployment, 'Microsoft.Storage/storageAccounts')
  const names = (kind: string) =>
    ofType(deployment, `Microsoft.Storage/storageAccounts/${kind}`).map(({ name }) => lastPart(name))
  const containers = ofType(deployment, 'Microsoft.Storage/storageAccounts/blobServices/containers')
  return [
    ...(accounts.length === 1 ? [] : [`storage: there are ${accounts.length} accounts`]),
    ...accounts.flatMap(({ properties }) =>
      expectAll('storage', properties, {
        allowSharedKeyAccess: false,
        allowBlobPublicAccess: false,
        allowCrossTenantReplication: false,
        defaultToOAuthAuthentication: true,
        isLocalUserEnabled: false,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      }),
    ),
    ...containers.flatMap(({ properties }) => expectAll('container', properties, { publicAccess: 'None' })),
    ...same('tables', names('tableServices/tables'), tables),
    ...same('queues', names('queueServices/queues'), queues),
  ]
}

function roleProblems(deployment: Deployment): string[] {
  const assigned = ofType(deployment, 'Microsoft.Authorization/roleAssignments').map(({ id, properties }) => {
    const roleId = lastPart(String(properties.roleDefinitionId)).replace(/[^0-9a-f-].*$/, '')
    // What it is for is the first thing in its id.
    const [, scope = ''] = /^\[extensionResourceId\('([^']+)'/.exec(id) ?? []
    const [, provider = '', path = ''] = /\/providers\/([^/]+)\/(.+)$/.exec(scope) ?? []
    const types = path.split('/').filter((_, index) => index % 2 === 0)
    const target = provider ? [provider, ...types].join('/') : 'a whole group'
    return `${roleId} on ${target}${properties.principalType === 'ServicePrincipal' ? '' : ' of somebody'}`
  })
  return same(
    'roles',
    assigned,
    ROLES.map(([, id, on]) => `${id} on ${on}`),
  )
}

function siteProblems(deployment: Deployment, code: Code): string[] {
  const sites = ofType(deployment, 'Microsoft.Web/sites')
  const [settings] = ofType(deployment, 'Microsoft.Web/sites/config')
  const set = Object.keys(settings?.properties ?? {})
  const policies = ofType(deployment, 'Microsoft.Web/sites/basicPublishingCredentialsPolicies')
  return [
    ...sites.flatMap(({ properties, identity, tags }) => [
      ...expectAll('site', properties, { httpsOnly: true }),
      ...expectAll('site', properties.siteConfig, { ftpsState: 'Disabled', minTlsVersion: '1.2' }),
      ...expectAll('site', identity, { type: 'UserAssigned' }),
      ...expectAll('site', tags, { 'azd-service-name': 'api' }),
      ...expectAll('package', properties.functionAppConfig.deployment.storage.authentication, {
        type: 'UserAssignedIdentity',
      }),
      ...expectAll('runtime', properties.functionAppConfig.runtime, { name: 'node' }),
    ]),
    ...same(
      'publishing',
      policies.filter(({ properties }) => properties.allow === false).map(({ name }) => lastPart(name)),
      ['ftp', 'scm'],
    ),
    ...set
      .filter((name) => ![...code.settings, ...FOREIGN_SETTINGS].includes(name))
      .map((name) => `setting: nobody reads ${name}`),
    ...[...NEEDED_SETTINGS, ...FOREIGN_SETTINGS]
      .filter((name) => !set.includes(name))
      .map((name) => `setting: ${name} is missing`),
    ...set.filter((name) => FORBIDDEN_SETTINGS.test(name)).map((name) => `setting: ${name} must not be set`),
    ...code.connections.flatMap((name) =>
      ['credential', 'clientId', 'queueServiceUri']
        .map((part) => `${name}__${part}`)
        .filter((one) => !set.includes(one))
        .map((one) => `connection: ${one} is missing`),
    ),
    ...expectAll('settings', settings?.properties, {
      AzureWebJobsStorage__credential: 'managedidentity',
      CALLS_STORAGE__credential: 'managedidentity',
    }),
  ]
}

function vaultProblems(deployment: Deployment): string[] {
  const [key] = ofType(deployment, 'Microsoft.KeyVault/vaults/keys')
  return [
    ...ofType(deployment, 'Microsoft.KeyVault/vaults').flatMap(({ properties }) =>
      expectAll('vault', properties, { enableRbacAuthorization: true, enablePurgeProtection: true }),
    ),
    ...expectAll('key', key?.properties, { kty: 'RSA', keySize: 2048, keyOps: ['sign', 'verify'] }),
    ...(key?.properties.rotationPolicy?.lifetimeActions?.[0]?.action?.type === 'rotate'
      ? []
      : ['key: it must be rotated']),
  ]
}

function monitoringProblems(deployment: Deployment): string[] {
  const alerts = ofType(deployment, 'Microsoft.Insights/scheduledQueryRules').map(({ name }) => name)
  return [
    ...ofType(deployment, 'Microsoft.Insights/components').flatMap(({ properties }) =>
      expectAll('Application Insights', properties, { DisableLocalAuth: true }),
    ),
    ...same('alerts', alerts, ['poison-message', 'dead-letters', 'server-errors', 'oldest-pending']),
  ]
}

/** Closed, nothing is open to public networks, and everything that is needed has an endpoint inside. */
function networkProblems(deployment: Deployment): string[] {
  const guarded = [
    ...ofType(deployment, 'Microsoft.Storage/storageAccounts'),
    ...ofType(deployment, 'Microsoft.KeyVault/vaults'),
  ]
  const access = deployment.isClosed ? 'Disabled' : 'Enabled'
  const groups = ofType(deployment, 'Microsoft.Network/privateEndpoints').map(
    ({ properties }) => properties.privateLinkServiceConnections[0].properties.groupIds[0] as string,
  )
  const subnet = ofType(deployment, 'Microsoft.Web/sites')[0]?.properties.virtualNetworkSubnetId
  return [
    ...guarded.flatMap(({ type, properties }) => [
      ...expectAll(type, properties, { publicNetworkAccess: access }),
      ...expectAll(type, properties.networkAcls, {
        bypass: 'None',
        defaultAction: deployment.isClosed ? 'Deny' : 'Allow',
      }),
    ]),
    ...same('private endpoints', groups, deployment.isClosed ? ['blob', 'queue', 'table', 'vault'] : []),
    ...(Boolean(subnet) === deployment.isClosed ? [] : ['site: it must be in the network exactly if that is closed']),
  ]
}

function versionProblems({ resources }: Deployment): string[] {
  return resources
    .filter(({ type, apiVersion }) => API_VERSIONS[type.split('/').slice(0, 2).join('/')] !== apiVersion)
    .map(({ type, apiVersion }) => `${type}: ${apiVersion} is not the version that was checked`)
}

function secretProblems({ resources, outputs }: Deployment): string[] {
  const texts = [
    ...resources.map((one) => [one.type, JSON.stringify(one)]),
    ...Object.entries(outputs).map(([name, one]) => [`output ${name}`, JSON.stringify(one)]),
  ]
  return [
    ...texts.filter(([, text]) => SECRET.test(text ?? '')).map(([what]) => `${what}: has a secret`),
    ...Object.entries(outputs)
      .filter(([, { type }]) => /secure/i.test(type))
      .map(([name]) => `output ${name}: is a secret`),
    ...same('outputs', Object.keys(outputs), [
      'AZURE_LOCATION',
      'AZURE_TENANT_ID',
      'AZURE_RESOURCE_GROUP',
      'AZURE_FUNCTION_NAME',
      'SERVICE_API_NAME',
      'SERVICE_API_URI',
    ]),
  ]
}
