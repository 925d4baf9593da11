using '../../../infra/main.bicep'

param environmentName = 'example'
param location = 'westeurope'
param tokenAudiences = 'api://ringback'
