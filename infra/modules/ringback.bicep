// All resources of Ringback, in one resource group.

@description('The region of all resources.')
param location string
@description('The tags of every resource.')
param tags object
@description('The part that makes the names unique.')
param token string
@description('The accepted audiences of access tokens, separated by commas.')
param tokenAudiences string
@description('The version of Node.js.')
param nodeVersion string
@description('Closes storage and vault to public networks.')
param vnetEnabled bool
@description('Makes plan and storage survive the loss of a zone.')
param zoneRedundant bool
@description('The number of storage accounts to which calls are distributed.')
param storageAccounts int
@description('Simulates people.')
param simulator bool
@description('The number of always-ready instances of each queue function that bots wait for.')
param alwaysReadyInstances int
@description('The end of the name of the vault.')
param keyVaultSuffix string
@description('More settings, by their names.')
param settings object
@description('The principal id of the deploying person or service.')
param deployerId string
@description('The email address that receives alerts; empty for none.')
param alertEmail string

var abbreviations = loadJsonContent('../abbreviations.json')

// The first account has the queues and the package too.
var storageNames = [
  for index in range(1, storageAccounts): '${abbreviations.storageAccount}${token}${index == 1 ? '' : index}'
]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: '${abbreviations.managedIdentity}${token}'
  location: location
  tags: tags
}

module network 'network.bicep' = if (vnetEnabled) {
  name: 'network'
  params: {
    location: location
    tags: tags
    name: '${abbreviations.virtualNetwork}${token}'
  }
}

module storage 'storage.bicep' = [
  for (name, index) in storageNames: {
    name: 'storage${index}'
    params: {
      location: location
      tags: tags
      name: name
      isFirst: index == 0
      vnetEnabled: vnetEnabled
      zoneRedundant: zoneRedundant
      principalId: identity.properties.principalId
      deployerId: deployerId
    }
  }
]

module keyVault 'keyVault.bicep' = {
  name: 'keyVault'
  params: {
    location: location
    tags: tags
    name: '${abbreviations.keyVault}${token}${keyVaultSuffix}'
    vnetEnabled: vnetEnabled
    principalId: identity.properties.principalId
  }
}

module privateEndpoints 'privateEndpoints.bicep' = if (vnetEnabled) {
  name: 'privateEndpoints'
  params: {
    location: location
    tags: tags
    networkName: network.?outputs.name ?? ''
    storageNames: storageNames
    keyVaultName: keyVault.outputs.name
  }
  dependsOn: [storage]
}

module monitoring 'monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    tags: tags
    workspaceName: '${abbreviations.logAnalytics}${token}'
    name: '${abbreviations.appInsights}${token}'
    principalId: identity.properties.principalId
  }
}

module functionApp 'functionApp.bicep' = {
  name: 'functionApp'
  params: {
    location: location
    tags: tags
    planName: '${abbreviations.plan}${token}'
    name: '${abbreviations.functionApp}${token}'
    identityId: identity.id
    identityClientId: identity.properties.clientId
    storageName: storage[0].outputs.name
    moreStorageNames: skip(storageNames, 1)
    containerName: storage[0].outputs.containerName
    notificationKey: keyVault.outputs.keyUri
    appInsightsName: monitoring.outputs.name
    subnetId: network.?outputs.appSubnetId ?? ''
    tokenAudiences: tokenAudiences
    nodeVersion: nodeVersion
    zoneRedundant: zoneRedundant
    simulator: simulator
    alwaysReadyInstances: alwaysReadyInstances
    settings: settings
  }
  // The app starts as soon as it is created, and connects to storage and vault.
  dependsOn: [storage, privateEndpoints]
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    actionGroupName: '${abbreviations.actionGroup}${token}'
    email: alertEmail
  }
}

module workbook 'workbook.bicep' = {
  name: 'workbook'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

output functionAppName string = functionApp.outputs.name
output functionAppUri string = functionApp.outputs.uri
