// The key that signs the tokens on notifications. It never leaves the vault, and is rotated automatically.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The name of the vault.')
@maxLength(24)
param name string
@description('Closes the vault to public networks.')
param vnetEnabled bool
@description('The principal id of the identity that the functions run as.')
param principalId string

// Key Vault Crypto User: signs, and reads public keys.
var cryptoUser = '12338af0-0e69-4776-bea7-57ae8d297424'

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    publicNetworkAccess: vnetEnabled ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: vnetEnabled ? 'Deny' : 'Allow'
    }
  }

  resource key 'keys' = {
    name: 'notifications'
    properties: {
      kty: 'RSA'
      keySize: 2048
      keyOps: ['sign', 'verify']
      rotationPolicy: {
        attributes: { expiryTime: 'P1Y' }
        lifetimeActions: [{ action: { type: 'rotate' }, trigger: { timeBeforeExpiry: 'P60D' } }]
      }
    }
  }
}

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault::key
  name: guid(vault::key.id, principalId, cryptoUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', cryptoUser)
  }
}

output name string = vault.name
output keyUri string = vault::key.properties.keyUri
