// A private endpoint and a DNS record for each service that is closed to public networks.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The name of the network, which has a subnet for the endpoints.')
param networkName string
@description('The names of the storage accounts. Only the first one has queues.')
param storageNames array
@description('The name of the vault.')
param keyVaultName string

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' existing = {
  name: networkName

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = [
  for name in storageNames: {
    name: name
  }
]

resource keyVault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: keyVaultName
}

var services = [
  { group: 'blob', zone: 'privatelink.blob.${environment().suffixes.storage}' }
  { group: 'queue', zone: 'privatelink.queue.${environment().suffixes.storage}' }
  { group: 'table', zone: 'privatelink.table.${environment().suffixes.storage}' }
  { group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: service.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: networkName
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: network.id }
    }
  }
]

// One endpoint for each service of the first account, one for the vault, and one each for the blobs and the tables of
// every other account.
var targets = concat(
  map(services, (service, index) => { group: service.group, zone: index, account: 0, suffix: '' }),
  flatten(map(range(1, length(storageNames) - 1), account => [
    { group: 'blob', zone: 0, account: account, suffix: string(account + 1) }
    { group: 'table', zone: 2, account: account, suffix: string(account + 1) }
  ]))
)

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for target in targets: {
    name: '${networkName}-${target.group}${target.suffix}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: {
            privateLinkServiceId: target.group == 'vault' ? keyVault.id : storage[target.account].id
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.group, properties: { privateDnsZoneId: zones[target.zone].id } }]
    }
  }
]
