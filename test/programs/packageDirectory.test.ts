import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runNode } from '../support/cliProcess.js'

// The scripts that replace a directory by a package.

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringback-directory-'))
  await Promise.all(['documents', 'project', 'clone'].map((name) => mkdir(join(folder, name))))
  await writeFile(join(folder, 'documents/a.txt'), 'a text')
  await writeFile(join(folder, 'project/package.json'), '{ "name": "mine", "main": "index.js" }')
  await writeFile(join(folder, 'clone/package.json'), await readFile('package.json'))
})
afterAll(() => rm(folder, { recursive: true }))

test.each(
  ['scripts/package.ts', 'scripts/npmPackage.ts'].flatMap((script) =>
    ['documents/a.txt', 'project/package.json', 'clone/package.json'].map((file) => [script, file] as const),
  ),
)('%s does not replace a directory that is no package of its own: %s stays', async (script, file) => {
  const [name = ''] = file.split('/')
  const before = await readFile(join(folder, file), 'utf8')
  const stderr = expect.stringContaining(`'${join(folder, name)}' is not a package that this script has made`)
  await expect(runNode([script, join(folder, name)])).rejects.toMatchObject({ code: 2, stderr })
  expect(await readFile(join(folder, file), 'utf8')).toBe(before)
})

test('neither script replaces a file', async () => {
  const file = join(folder, 'documents/a.txt')
  for (const script of ['scripts/package.ts', 'scripts/npmPackage.ts']) {
    await expect(runNode([script, file])).rejects.toMatchObject({ code: 2 })
  }
  expect(await readFile(file, 'utf8')).toBe('a text')
})
