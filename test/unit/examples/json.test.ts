import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatJson } from '../../../examples/demo/json.js'

test('a value that fits in the width stays on one line, and short members share a line', () => {
  const call = { state: 'established', direction: 'incoming', targets: [{ id: 'one' }, { id: 'two' }], id: 7 }
  expect(formatJson(call, 120)).toEqual([
    '{"state": "established", "direction": "incoming", "targets": [{"id": "one"}, {"id": "two"}], "id": 7}',
  ])
  expect(formatJson(call, 52)).toEqual([
    '{ "state": "established", "direction": "incoming",',
    '  "targets": [{"id": "one"}, {"id": "two"}],',
    '  "id": 7 }',
  ])
})

test('the formatted JSON has the same value at every width', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), fc.integer({ min: 10, max: 120 }), (value, width) => {
      expect(JSON.parse(formatJson(value, width).join('\n'))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
