using '../../../infra/main.bicep'

param environmentName = 'example'
param location = 'westeurope'
param tokenAudiences = 'api://ringback'
param vnetEnabled = true
param alertEmail = 'operations@example.com'
