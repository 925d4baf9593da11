import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('the demo plays its flow, prints it, and ends well', { timeout: 60_000 }, async () => {
  const { stdout } = await run(process.execPath, ['dist/examples/demo/demo.js'])
  expect(stdout).toContain('demo    -> service  POST /simulator/calls')
  expect(stdout).toContain('bot     -> service  GET /v1/.well-known/OpenIdConfiguration')
  expect(stdout).toMatch(/service -> bot {6}#1 created call incoming +\/app\/calls\/[0-9A-F]{8}\.\.\./)
  expect(stdout).toMatch(/bot {5}-> service {2}POST \/beta\/app\/calls\/[0-9A-F]{32}\/answer/)
  expect(stdout).toMatch(/the answered call +[0-9A-F]{8}\.\.\. +7 of 7 notifications, each once and in its order/)
  expect(stdout).toMatch(/the meeting +[0-9A-F]{8}\.\.\. +5 of 5 notifications, each once and in its order/)
  expect(stdout).toMatch(/\nAll is right: 12 notifications in \d+\.\d s\.\n$/)
  expect(stdout, 'no whole token is printed').not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
  expect(stdout, 'no colours outside a terminal').not.toContain('\u001b')
})
