import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

// A typed client that is generated from the document. The generator is too large to be a dependency of this project: it
// is installed for the test, with the TypeScript that it needs.

const run = promisify(execFile)
const PACKAGES = ['openapi-typescript@7.13.0', 'openapi-fetch@0.17.0', 'typescript@5.9.3', '@types/node@24.19.2']
const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--silent']
const PROGRAM = 'test/programs/fixtures/openapi/flow.ts'
const TSC = ['--strict', '--noUncheckedIndexedAccess', '--target', 'es2023', '--module', 'nodenext', '--types', 'node']
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-openapi-'))
  await run('npm', [...INSTALL, '--prefix', directory, ...PACKAGES])
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  await copyFile(PROGRAM, join(directory, 'flow.ts'))
})
afterAll(() => rm(directory, { recursive: true }))

const runInstalled = (path: string, ...args: string[]) =>
  run(process.execPath, [join(directory, 'node_modules', path), ...args], { cwd: directory })

test('a client generated from GET /openapi.json compiles and plays the flow of the starting page', async () => {
  const baseUrl = inject('baseUrl')
  await runInstalled('openapi-typescript/bin/cli.js', `${baseUrl}/openapi.json`, '--output', 'api.d.ts')
  await runInstalled('typescript/bin/tsc', ...TSC, 'flow.ts')
  const { stdout } = await run(process.execPath, [join(directory, 'flow.js'), baseUrl], { cwd: directory })
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(26)
  expect(lines.filter((line) => line === 'created call incoming')).toHaveLength(3)
  expect(lines.filter((line) => line === 'updated call terminated')).toHaveLength(4)
  expect(lines.at(-1)).toBe('deleted call')
})

test('a wrong property of a request does not compile', async () => {
  const wrong = `import createClient from 'openapi-fetch'
    import type { paths } from './api.js'
    const path = { callId: '' }
    await createClient<paths>().POST('/beta/app/calls/{callId}/reject', { params: { path }, body: { reason: 'tired' } })`
  await writeFile(join(directory, 'wrong.ts'), wrong)
  const compiled = runInstalled('typescript/bin/tsc', ...TSC, '--noEmit', 'wrong.ts')
  await expect(compiled).rejects.toMatchObject({ stdout: expect.stringContaining(`'"tired"' is not assignable`) })
})
