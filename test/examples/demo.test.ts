import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the demo plays its flow, prints it, and ends well', { timeout: 60_000 }, async () => {
  const { stdout } = await run(process.execPath, ['dist/examples/demo/demo.js'])
  expect(stdout).toContain('demo      -> service   POST /simulator/calls')
  expect(stdout).toMatch(/service {3}-> bot {7}created call incoming {3}#1 of /)
  expect(stdout).toMatch(/bot {7}-> service {3}POST \/beta\/app\/calls\/[0-9A-F]{32}\/answer/)
  expect(stdout.match(/every notification came once, in its order/g)).toHaveLength(2)
  expect(stdout, 'no whole token is printed').not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
})
