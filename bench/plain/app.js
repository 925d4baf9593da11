import { randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import { app } from '@azure/functions'
import { QueueClient } from '@azure/storage-queue'

// A calling API as most Functions apps are written: a create inserts the call and its notifications, one after the
// other, and sends a queue message for each notification; a queue function POSTs it. There is no outbox, no order, no
// lease, no token and no idempotency: a crash between two requests loses notifications.

const STORAGE = process.env.CALLS_STORAGE
const LOCAL_HTTP = { allowInsecureConnection: true }
const calls = TableClient.fromConnectionString(STORAGE, 'plaincalls', LOCAL_HTTP)
const notifications = TableClient.fromConnectionString(STORAGE, 'plainnotifications', LOCAL_HTTP)
const queue = new QueueClient(STORAGE, 'plain-notifications')

app.setup({ enableHttpStream: true })
app.hook.appStart(async () => {
  await calls.createTable()
  await notifications.createTable()
  await queue.createIfNotExists()
})

app.http('create', {
  methods: ['POST'],
  route: 'calls',
  authLevel: 'anonymous',
  handler: async (request) => {
    const id = randomUUID()
    const body = await request.json()
    const call = { id, state: 'establishing', ...body }
    await calls.createEntity({ partitionKey: id, rowKey: 'call', json: JSON.stringify(call) })
    // The benchmark asks for as many notifications as Ringback sends.
    const count = Number(request.query.get('notifications') ?? 1)
    for (let number = 1; number <= count; number++) await notify(call, number)
    return { status: 201, jsonBody: call }
  },
})

app.http('get', {
  methods: ['GET'],
  route: 'calls/{id}',
  authLevel: 'anonymous',
  handler: async (request) => {
    const { json } = await calls.getEntity(request.params.id, 'call')
    return { jsonBody: JSON.parse(json) }
  },
})

app.http('mute', {
  methods: ['POST'],
  route: 'calls/{id}/mute',
  authLevel: 'anonymous',
  handler: async (request) => {
    const { id } = request.params
    const { json } = await calls.getEntity(id, 'call')
    const call = { ...JSON.parse(json), isMuted: true }
    await calls.updateEntity({ partitionKey: id, rowKey: 'call', json: JSON.stringify(call) }, 'Replace')
    await notify(call, randomUUID())
    return { jsonBody: { id: randomUUID(), status: 'completed' } }
  },
})

app.storageQueue('deliver', {
  queueName: 'plain-notifications',
  connection: 'CALLS_STORAGE',
  handler: async ({ callId, number }) => {
    const { json, callbackUri } = await notifications.getEntity(callId, String(number))
    const response = await fetch(callbackUri, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: json,
    })
    await response.text()
    // An error makes the host deliver the message again.
    if (!response.ok) throw new Error(`the callback answered ${response.status}`)
  },
})

async function notify(call, number) {
  const value = [{ changeType: 'updated', resource: `/communications/calls/${call.id}`, resourceData: call }]
  await notifications.createEntity({
    partitionKey: call.id,
    rowKey: String(number),
    callbackUri: call.callbackUri,
    json: JSON.stringify({ value }),
  })
  await queue.sendMessage(Buffer.from(JSON.stringify({ callId: call.id, number })).toString('base64'))
}
