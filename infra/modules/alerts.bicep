// Alerts, as queries to the logs: the metrics of a queue are hourly and for the whole account.

@description('The region.')
param location string
@description('The tags of every resource.')
param tags object
@description('The id of the workspace with the logs.')
param workspaceId string
@description('The name of the action group.')
param actionGroupName string
@description('The email address that receives alerts; empty for none.')
param email string

var rules = [
  {
    name: 'poison-message'
    description: 'A queue message failed repeatedly. It is requeued automatically, but the failure is a bug.'
    severity: 1
    query: 'AppTraces | where Message has "Moving message to queue" or Message has "wakeUp.requeued"'
    minutes: 5
  }
  {
    name: 'dead-letters'
    description: 'A notification was dead-lettered. Once the callback answers, replay it with POST /deliveries/replay.'
    severity: 3
    query: 'AppTraces | where Message has "notification.deadLettered"'
    minutes: 5
  }
  {
    name: 'server-errors'
    description: 'More than one percent of the requests failed with 5xx.'
    severity: 2
    query: 'AppRequests | where isnotempty(Url) | summarize Failed = countif(toint(ResultCode) >= 500), All = count() | where All >= 20 and Failed * 100 > All'
    minutes: 5
  }
  {
    name: 'oldest-pending'
    description: 'A notification has been pending for more than ten minutes.'
    severity: 2
    query: 'AppMetrics | where Name == "ringback.notification.oldest_pending" | summarize Seconds = max(Max) | where Seconds > 600'
    minutes: 15
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'ringback'
    enabled: true
    emailReceivers: [{ name: 'email', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Ringback: ${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT${rule.minutes}M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { minFailingPeriodsToAlert: 1, numberOfEvaluationPeriods: 1 }
          }
        ]
      }
      autoMitigate: true
      // The tables of the queries are created with the first telemetry.
      skipQueryValidation: true
      actions: { actionGroups: empty(email) ? [] : [actionGroup.id] }
    }
  }
]
