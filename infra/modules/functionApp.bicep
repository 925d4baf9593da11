// The functions, on a plan that scales with the load, down to zero instances.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The name of the plan.')
param planName string
@description('The name of the function app.')
param name string
@description('The resource id of the identity that the functions run as.')
param identityId string
@description('The client id of that identity.')
param identityClientId string
@description('The name of the first storage account.')
param storageName string
@description('The names of the other storage accounts for calls.')
param moreStorageNames array
@description('The blob container of the package.')
param containerName string
@description('The URI of the key that signs the tokens on notifications, without a version.')
param notificationKey string
@description('The name of Application Insights.')
param appInsightsName string
@description('The id of the subnet from which storage and vault are reached; empty without a network.')
param subnetId string
@description('The accepted audiences of access tokens, separated by commas.')
param tokenAudiences string
@description('The version of Node.js.')
param nodeVersion string
@description('Makes the plan survive the loss of a zone.')
param zoneRedundant bool
@description('Simulates people.')
param simulator bool
@description('The number of always-ready instances of each queue function that bots wait for.')
param alwaysReadyInstances int
@description('More settings, by their names.')
param settings object

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

// Entra ID issues tokens of version 1 or 2, as the manifest of the application says.
var tokenIssuers = [
  '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
  #disable-next-line no-hardcoded-env-urls // environment() does not have this host.
  'https://sts.windows.net/${tenant().tenantId}/'
]

// On this plan each queue function has instances of its own. The start of a first one may take minutes, but a bot has
// only seconds to answer. Bots wait for these two functions; the functions of the poison queues only repeat the work of
// the sweep.
var alwaysReadyFunctions = ['notifications-dispatch', 'call-timer-fire']

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      ftpsState: 'Disabled'
      http20Enabled: true
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${containerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: 100
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : map(alwaysReadyFunctions, function => {
              name: 'function:${function}'
              instanceCount: alwaysReadyInstances
            })
      }
    }
  }

  // All app settings are here, because two places would overwrite each other.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identityClientId
        AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
        AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
        AzureWebJobsStorage__tableServiceUri: storage.properties.primaryEndpoints.table
        CALLS_STORAGE__credential: 'managedidentity'
        CALLS_STORAGE__clientId: identityClientId
        CALLS_STORAGE__blobServiceUri: storage.properties.primaryEndpoints.blob
        CALLS_STORAGE__queueServiceUri: storage.properties.primaryEndpoints.queue
        CALLS_STORAGE__tableServiceUri: storage.properties.primaryEndpoints.table
        MORE_CALLS_STORAGE__blobServiceUri: join(
          map(moreStorageNames, name => 'https://${name}.blob.${environment().suffixes.storage}/'),
          ','
        )
        MORE_CALLS_STORAGE__tableServiceUri: join(
          map(moreStorageNames, name => 'https://${name}.table.${environment().suffixes.storage}/'),
          ','
        )
        APPLICATIONINSIGHTS_CONNECTION_STRING: appInsights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
        AZURE_CLIENT_ID: identityClientId
        NOTIFICATION_KEY: notificationKey
        TOKEN_ISSUERS: join(tokenIssuers, ',')
        TOKEN_AUDIENCES: tokenAudiences
        SIMULATOR: string(simulator)
      },
      toObject(
        filter(items(settings), setting => !empty(setting.value)),
        setting => setting.key,
        setting => setting.value
      )
    )
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output name string = site.name
output uri string = 'https://${site.properties.defaultHostName}'
