using '../../../infra/main.bicep'

param environmentName = 'example'
param location = 'westeurope'
param tokenAudiences = 'api://ringback'
param vnetEnabled = true
param storageAccounts = 2
param alertEmail = 'operations@example.com'
param alwaysReadyInstances = 0
param keyVaultSuffix = '2'
param settings = { SWEEP_SCHEDULE: '*/30 * * * * *', CALLBACK_ALLOW_LIST: '', TOKEN_AUDIENCES: 'api://replaced' }
