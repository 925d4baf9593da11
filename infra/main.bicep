targetScope = 'subscription'

@description('The name of this deployment: it names the resource group, and everything in it is unique by it.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of everything.')
@minLength(1)
@metadata({ azd: { type: 'location' } })
param location string

@description('To whom access tokens must be made out (aud): the identifier of the Entra application that stands for Ringback, several separated by commas.')
@minLength(1)
param tokenAudiences string

@description('The version of Node.js that the functions run on.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Storage and vault are reached through a network of their own, and by nobody else.')
param vnetEnabled bool = false

@description('Plan and storage survive the loss of a zone.')
param zoneRedundant bool = false

@description('People are simulated here, as on a laptop: for bots that are tested, not for a service that others use.')
param simulator bool = false

@description('Who is told when something is wrong. Without it, alerts are only shown.')
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
