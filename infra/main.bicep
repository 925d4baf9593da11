targetScope = 'subscription'

@description('The name of this deployment. It names the resource group and makes the names of its resources unique.')
@minLength(1)
@maxLength(64)
param environmentName string

// The regions with Flex Consumption (Azure Samples: functions-quickstart-typescript-azd). The command
// `az functionapp list-flexconsumption-locations` shows the current ones.
@description('The region of all resources.')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'eastus2euap'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
@metadata({ azd: { type: 'location' } })
param location string

@description('The accepted audiences (aud) of access tokens, separated by commas: the identifiers of the Entra application that represents Ringback.')
@minLength(1)
param tokenAudiences string

@description('The version of Node.js that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Makes storage and vault reachable only from a virtual network that the functions use.')
param vnetEnabled bool = false

@description('Makes plan and storage survive the loss of a zone.')
param zoneRedundant bool = false

@description('The number of storage accounts to which calls are distributed. It cannot change later: docs/scale.md.')
@minValue(1)
@maxValue(4)
param storageAccounts int = 1

@description('Simulates people, as on a laptop: for tests of bots, not for a service in production.')
param simulator bool = false

@description('The number of always-ready instances of each queue function that bots wait for. With 0, a notification may be late by minutes.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 1

@description('The end of the name of the vault. Change it after azd down: the old name is reserved for 90 days.')
@maxLength(8)
param keyVaultSuffix string = ''

@description('More settings of docs/configuration.md, by their names. They replace the settings of the deployment. Empty values are ignored.')
param settings object = {}

@description('The email address that receives alerts. Without it, alerts are only shown in the portal.')
param alertEmail string = ''

var abbreviations = loadJsonContent('abbreviations.json')
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: '${abbreviations.resourceGroup}${environmentName}'
  location: location
  tags: tags
}

module ringback 'modules/ringback.bicep' = {
  name: 'ringback'
  scope: group
  params: {
    location: location
    tags: tags
    token: uniqueString(subscription().id, environmentName, location)
    tokenAudiences: tokenAudiences
    nodeVersion: nodeVersion
    vnetEnabled: vnetEnabled
    zoneRedundant: zoneRedundant
    storageAccounts: storageAccounts
    simulator: simulator
    alwaysReadyInstances: alwaysReadyInstances
    keyVaultSuffix: keyVaultSuffix
    settings: settings
    alertEmail: alertEmail
    deployerId: deployer().objectId
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = ringback.outputs.functionAppName
output SERVICE_API_NAME string = ringback.outputs.functionAppName
output SERVICE_API_URI string = ringback.outputs.functionAppUri
