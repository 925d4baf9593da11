import { expect, test } from 'vitest'
import { summarizeNotification } from '../../../shared/inspection/summary.js'

const notify = (changeType: string, resource: string, resourceData: unknown) =>
  JSON.stringify({ value: [{ changeType, resource, resourceData }] })

test.each([
  [notify('created', '/app/calls/1', { state: 'incoming' }), 'created call incoming'],
  [notify('updated', '/communications/calls/1', { state: 'established' }), 'updated call established'],
  [notify('updated', '/communications/calls/1', { mediaState: { audio: 'active' } }), 'updated call with audio'],
  [notify('updated', '/communications/calls/1', { toneInfo: { tone: 'tone1' } }), 'updated call tone1'],
  [notify('updated', '/app/calls/1/participants', [{}, {}]), 'updated participants 2'],
  [notify('deleted', '/app/calls/1/operations/2', { status: 'completed' }), 'deleted operations completed'],
  [notify('deleted', '/app/calls/1', undefined), 'deleted call'],
  ['{"value":[]}', 'empty'],
])('%s is summarized as %s', (body, summary) => {
  expect(summarizeNotification(body)).toBe(summary)
})
