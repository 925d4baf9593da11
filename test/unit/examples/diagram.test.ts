import { expect, test } from 'vitest'
import { arrowsOf } from '../../../examples/demo/arrows.js'
import { drawDiagram } from '../../../examples/demo/diagram.js'
import { callUpdated, NAMES, notification, pathOf, placedCall, request } from './exchange.js'

test('a diagram has one lifeline for each participant and one line for each arrow', () => {
  const arrows = [
    { from: 'Megan', to: 'service', label: 'call the bot', isDotted: false },
    { from: 'service', to: 'bot', label: '#1 incoming', isDotted: false },
    { from: 'bot', to: 'service', label: 'answer', isDotted: false },
    { from: 'service', to: 'Heidi', label: 'ring', isDotted: true },
  ]
  expect(drawDiagram(['Megan', 'Heidi', 'service', 'bot'], arrows)).toEqual([
    '      Megan   Heidi      service              bot',
    '        |       |           |                  |',
    '        |-- call the bot -->|                  |',
    '        |       |           |-- #1 incoming -->|',
    '        |       |           |<- answer --------|',
    '        |       |<. ring ...|                  |',
    '        |       |           |                  |',
  ])
})

test('a diagram has at most 120 columns, however long the labels are', () => {
  const arrows = [
    { from: 'Megan Bowen', to: 'Ringback', label: 'x'.repeat(200), isDotted: false },
    { from: 'Ringback', to: 'bot', label: 'y'.repeat(200), isDotted: false },
  ]
  const lines = drawDiagram(['Megan Bowen', 'Heidi Steen', 'Ringback', 'bot'], arrows)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
  expect(lines.join('\n')).toContain('yyy...')
})

const invitation = (participants: object[]) => request('POST', `${pathOf('B')}/participants/invite`, { participants })
const completed = (participants: object[]) =>
  notification(4, {
    changeType: 'deleted',
    resource: `${pathOf('B')}/operations/1`,
    resourceData: { status: 'completed', participants },
  })
const megan = { identity: { user: { id: 'megan' } } }

test('an invited person rings and answers', () => {
  expect(arrowsOf(invitation([megan]), NAMES)).toEqual([
    { from: 'bot', to: 'Ringback', label: 'invite Megan Bowen', isDotted: false },
    { from: 'Ringback', to: 'Megan Bowen', label: 'ring', isDotted: true },
  ])
  expect(arrowsOf(completed([megan]), NAMES)).toEqual([
    { from: 'Megan Bowen', to: 'Ringback', label: 'answer', isDotted: true },
    { from: 'Ringback', to: 'bot', label: '#4 operation deleted: completed', isDotted: false },
  ])
})

test('a person whose call is replaced joins without ringing', () => {
  const replacing = { ...megan, replacesCallId: 'A'.repeat(32) }
  expect(arrowsOf(invitation([replacing]), NAMES)).toEqual([
    { from: 'bot', to: 'Ringback', label: 'invite Megan Bowen, replacing call 1', isDotted: false },
  ])
  expect(arrowsOf(completed([replacing]), NAMES)).toMatchObject([
    { from: 'Megan Bowen', to: 'Ringback', label: 'join from call 1', isDotted: true },
    { label: '#4 operation deleted: completed' },
  ])
})

test('a refused request and a repeated attempt are visible in the label', () => {
  expect(arrowsOf({ ...placedCall('A'), status: 403 }, NAMES)).toMatchObject([
    { from: 'Megan Bowen', to: 'Ringback', label: 'call the bot (403)' },
  ])
  expect(arrowsOf({ ...invitation([megan]), status: 409 }, NAMES)).toMatchObject([
    { label: 'invite Megan Bowen (409)' },
  ])
  const unanswered = { ...callUpdated('A', 2, 'establishing'), status: 502, failure: 'ECONNREFUSED' }
  expect(arrowsOf(unanswered, NAMES)).toMatchObject([{ label: '#2 call updated: establishing (no reply)' }])
  const updated = { changeType: 'updated', resource: pathOf('A'), resourceData: { state: 'established' } }
  expect(arrowsOf(notification(3, updated, 2), NAMES)).toMatchObject([
    { label: '#3 call updated: established (attempt 2)' },
  ])
})
