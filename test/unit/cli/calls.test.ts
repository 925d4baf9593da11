import { expect, test } from 'vitest'
import { findCallId } from '../../../cli/calls.js'
import type { CallPage } from '../../../shared/inspection/views.js'
import { newFakeClient } from '../../support/fakeClient.js'

const IDS = [
  'f545d187-d943-453e-b337-0dab2b6f624f',
  'f545d187-1111-453e-b337-0dab2b6f1111',
  'cc78b9d9-6e10-4afc-8038-2af82e1f8782',
]
const pageOf = (ids: readonly string[], next?: string) =>
  ({ calls: ids.map((id) => ({ id, state: 'established' })), ...(next && { next }) }) as unknown as CallPage
const newClient = () =>
  newFakeClient({
    'GET /inspector/calls?limit=1': pageOf(IDS.slice(0, 1)),
    'GET /inspector/calls?limit=100': pageOf(IDS.slice(0, 2), 'x'),
    'GET /inspector/calls?limit=100&before=x': pageOf(IDS.slice(2)),
  })

test.for([
  [undefined, IDS[0]],
  ['cc7', IDS[2]],
  ['CC78B9D96E', IDS[2]],
  ['f545d187-1', IDS[1]],
  ['f545d187...624f', IDS[0]],
  ['F545D187...1111', IDS[1]],
] as const)('%s is the call %s', async ([text, id]) => {
  expect(await findCallId(newClient(), text)).toBe(id)
})

test('a whole id is not looked up', async () => {
  const client = newClient()
  expect(await findCallId(client, IDS[1])).toBe(IDS[1])
  expect(client.requests).toEqual([])
})

test.for([
  ['f545', /^2 calls match f545:\n {2}f545d187-d943-\S+ {2}established\n {2}f545d187-1111-\S+ {2}established$/],
  ['abc', /^No call has an id that starts with abc\.$/],
  ['x y', /^x y is not the id of a call\.$/],
] as const)('%s is no call, or not one', async ([text, message]) => {
  await expect(findCallId(newClient(), text)).rejects.toThrow(message)
})

test('without calls, there is no newest one', async () => {
  const client = newFakeClient({ 'GET /inspector/calls?limit=1': pageOf([]) })
  await expect(findCallId(client)).rejects.toThrow('There are no calls yet.')
})
