targetScope = 'subscription'

@description('The name of this deployment. It names the resource group and makes the names of its resources unique.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of all resources.')
@minLength(1)
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

@description('Simulates people, as on a laptop: for tests of bots, not for a service in production.')
param simulator bool = false

@description('The email address that receives alerts. Without it, alerts are only shown in the portal.')
param alertEmail string = ''

var abbreviations = loadJsonContent('abbreviations.json')
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
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
    simulator: simulator
    alertEmail: alertEmail
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_FUNCTION_NAME string = ringback.outputs.functionAppName
output SERVICE_API_NAME string = ringback.outputs.functionAppName
output SERVICE_API_URI string = ringback.outputs.functionAppUri
