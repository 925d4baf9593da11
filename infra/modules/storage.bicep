// A storage account: calls and recordings of Ringback. The first one has the wake-ups of all calls too, the data of the
// Functions host and the deployed package.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The name of the account.')
param name string
@description('Makes this the first of the accounts.')
param isFirst bool
@description('Closes the account to public networks.')
param vnetEnabled bool
@description('Makes the account survive the loss of a zone.')
param zoneRedundant bool
@description('The principal id of the identity that the functions run as.')
param principalId string
@description('The principal id of the deploying person or service, which uploads the package.')
param deployerId string

// As in shared/storage, because on Azure the app does not create them.
var tableNames = ['calls', 'callIndex', 'watchdog', 'bots', 'meetings', 'rateLimits']
var queueNames = ['notifications', 'notifications-poison', 'call-timers', 'call-timers-poison']
var packageContainerName = 'app-package'
var recordingsContainerName = 'recordings'

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

// Storage Blob Data Owner (locks and keys of the host, the package, the recordings), Storage Queue Data Contributor
// (the host releases a message by an update, and writes to the poison queue), Storage Table Data Contributor. Accounts
// after the first have no data of the host.
var roleIds = isFirst
  ? ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b', '974c5e8b-45b9-4653-ba55-5f855dd0fb88', tableDataContributor]
  : [blobDataContributor, tableDataContributor]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    isLocalUserEnabled: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: { deleteRetentionPolicy: { enabled: false } }

    resource package 'containers' = if (isFirst) {
      name: packageContainerName
      properties: { publicAccess: 'None' }
    }

    resource recordings 'containers' = {
      name: recordingsContainerName
      properties: { publicAccess: 'None' }
    }
  }

  resource queueService 'queueServices' = {
    name: 'default'

    resource queues 'queues' = [for queueName in isFirst ? queueNames : []: { name: queueName }]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource tables 'tables' = [for tableName in tableNames: { name: tableName }]
  }
}

resource roles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for roleId in roleIds: {
    scope: account
    name: guid(account.id, principalId, roleId)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    }
  }
]

// Without principalType, because a person or a service may deploy.
resource deployerRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (isFirst) {
  scope: account::blobs::package
  name: guid(account::blobs::package.id, deployerId, blobDataContributor)
  properties: {
    principalId: deployerId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

output name string = account.name
output containerName string = packageContainerName
