// The virtual network through which the functions reach storage and vault if both are closed to public networks.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The name of the network.')
param name string

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.0.0.0/24'
          // Flex Consumption requires this delegation: it runs on Container Apps.
          delegations: [{ name: 'app', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: '10.0.1.0/24'
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }

  resource app 'subnets' existing = {
    name: 'app'
  }
}

output name string = network.name
output appSubnetId string = network::app.id
