// The workbook, which shows the telemetry at a glance.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The id of the workspace with metrics and logs.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'ringback')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Ringback'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook.json')
  }
}
