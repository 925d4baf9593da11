import { constants } from 'node:buffer'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openJournal } from '../../../shared/storage/journal.js'
import { StorageConflict, StorageUnavailable } from '../../../shared/storage/tables.js'
import { describeBlobs } from '../../support/blobContract.js'
import { describeTables } from '../../support/storageContract.js'

const directory = mkdtempSync(join(tmpdir(), 'ringback-journal-'))
afterAll(() => rmSync(directory, { recursive: true }))

let files = 0
const newFile = () => join(directory, `${++files}.journal`)

function open(file = newFile()) {
  const journal = openJournal(file)
  onTestFinished(() => journal.close())
  return { ...journal, file }
}

const { tables, blobs } = openJournal(newFile())
describeTables('MemoryTables with a journal', () => tables)
describeBlobs('MemoryBlobs with a journal', () => blobs)

test('rows and blobs are there after the file is opened again, with their ETags', async () => {
  const first = open()
  const [etag = ''] = await first.tables.write('calls', 'a', [
    { type: 'insert', rowKey: '1', value: { name: 'Žofie' } },
  ])
  await first.tables.write('calls', 'a', [{ type: 'insert', rowKey: '2', value: 2 }])
  await first.tables.write('calls', 'a', [{ type: 'delete', rowKey: '2' }])
  await first.blobs.put('a/1', Uint8Array.of(1, 2, 255))
  await first.blobs.put('b/1', Uint8Array.of(3))
  await first.blobs.deleteAll('b/')

  const second = open(first.file)
  expect(await second.tables.get('calls', 'a', '1')).toMatchObject({ value: { name: 'Žofie' }, etag })
  expect(await second.tables.get('calls', 'a', '2')).toBeUndefined()
  expect(await second.blobs.get('a/1')).toEqual(Uint8Array.of(1, 2, 255))
  expect(second.blobs.names()).toEqual(['a/1'])
  const [next] = await second.tables.write('calls', 'a', [{ type: 'replace', rowKey: '1', value: 3, etag }])
  expect(next).not.toBe(etag)
})

test('a change is in the file before its write has returned', async () => {
  const { tables, file } = open()
  const written = tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 'a value' }])
  expect(readFileSync(file, 'utf8')).toContain('a value')
  await written
})

test('a write that conflicts is not in the file', async () => {
  const { tables, file } = open()
  await tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 1 }])
  const { size } = statSync(file)
  await expect(tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 2 }])).rejects.toThrow(StorageConflict)
  expect(statSync(file).size).toBe(size)
})

test('half a line at the end, which a kill has left, is ignored', async () => {
  const first = open()
  await first.tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 1 }])
  appendFileSync(first.file, '{"rows":[{"table":"calls","partitionKey":"a","rowK')
  const second = open(first.file)
  await second.tables.write('calls', 'a', [{ type: 'insert', rowKey: '2', value: 2 }])
  const third = open(first.file)
  expect(await third.tables.get('calls', 'a', '1')).toMatchObject({ value: 1 })
  expect(await third.tables.get('calls', 'a', '2')).toMatchObject({ value: 2 })
})

test('a closed journal refuses the write, which then cannot be read and is in no other file', async () => {
  const journal = openJournal(newFile())
  journal.close()
  // It gets the descriptor of the closed one.
  const other = open()
  const content = readFileSync(other.file)
  const write = journal.tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 1 }])
  await expect(write).rejects.toThrow(StorageUnavailable)
  expect(await journal.tables.get('calls', 'a', '1')).toBeUndefined()
  journal.close()
  expect(readFileSync(other.file)).toEqual(content)
  await other.tables.write('calls', 'a', [{ type: 'insert', rowKey: '1', value: 1 }])
})

/** Writes enough versions of one row that the file must be compacted. */
async function growFile({ tables }: Pick<ReturnType<typeof open>, 'tables'>): Promise<string> {
  const text = 'x'.repeat(400_000)
  for (let count = 0; count < 60; count++) {
    await tables.write('calls', 'a', [{ type: 'put', rowKey: '1', value: `${count} ${text}` }])
  }
  return `59 ${text}`
}

test('the file is compacted when it has become much larger than its rows', async () => {
  const journal = open()
  const value = await growFile(journal)
  expect(statSync(journal.file).size).toBeLessThan(20_000_000)
  expect(await open(journal.file).tables.get('calls', 'a', '1')).toMatchObject({ value })
})

test.skipIf(!existsSync('/dev/full'))('on a full disk the file stays in use, and no draft is left', async () => {
  const journal = open()
  symlinkSync('/dev/full', `${journal.file}.new`)
  const value = await growFile(journal)
  expect(existsSync(`${journal.file}.new`)).toBe(false)
  expect(listOpenFiles()).not.toContain('/dev/full')
  expect(await open(journal.file).tables.get('calls', 'a', '1')).toMatchObject({ value })
})

/** The files that this process has open (proc(5)). One of them is the directory while it is read. */
const listOpenFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`)
    } catch {
      return []
    }
  })

test.skipIf(process.platform === 'win32')('only its owner can read the file', () => {
  const { file } = open()
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a file that is longer than a string can be is opened', async () => {
  const file = join(directory, `long-${++files}`)
  writeFileSync(file, '{"journal":"ringback","version":1}\n')
  const padding = Buffer.alloc(32 * 1024 * 1024, ' ')
  while (statSync(file).size <= constants.MAX_STRING_LENGTH) appendFileSync(file, Buffer.concat([padding, LINE]))
  expect(await open(file).tables.get('calls', 'a', '1')).toMatchObject({ value: 'Žofie' })
})
const LINE = Buffer.from(
  `${JSON.stringify({ rows: [{ table: 'calls', partitionKey: 'a', rowKey: '1', stored: { json: '"Žofie"', etag: 'W/"1"' } }] })}\n`,
)

test.each([
  ['of another program', 'something\n', 'is not a journal of this version'],
  ['with a damaged line', '{"journal":"ringback","version":1}\n{"rows":\n', 'is damaged in line 2'],
])('a file %s is refused and not changed', (_, content, message) => {
  const file = join(directory, `damaged-${++files}`)
  writeFileSync(file, content)
  expect(() => openJournal(file)).toThrow(message)
  expect(readFileSync(file, 'utf8')).toBe(content)
})
