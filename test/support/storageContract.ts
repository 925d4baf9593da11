import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type RowWrite, StorageConflict, type Tables } from '../../shared/storage/tables.js'

const insert = (rowKey: string, value: unknown = rowKey): RowWrite => ({ type: 'insert', rowKey, value })
const put = (rowKey: string, value: unknown = rowKey): RowWrite => ({ type: 'put', rowKey, value })
const replace = (rowKey: string, etag: string, value: unknown = rowKey): RowWrite => ({
  type: 'replace',
  rowKey,
  value,
  etag,
})
const remove = (rowKey: string, etag?: string): RowWrite => ({ type: 'delete', rowKey, ...(etag ? { etag } : {}) })

/** The contract of every implementation of Tables. Each test uses its own partition, so that tests can share tables. */
export function describeTables(name: string, open: () => Tables): void {
  describe(name, () => {
    const partition = () => {
      const tables = open()
      const key = randomUUID()
      return {
        key,
        tables,
        write: (...writes: RowWrite[]) => tables.write('calls', key, writes),
        read: (rowKey: string) => tables.get('calls', key, rowKey),
        value: async (rowKey: string) => (await tables.get('calls', key, rowKey))?.value,
      }
    }

    test('get returns an inserted row with the etag that the insert returned', async () => {
      const { key, write, read } = partition()
      const [etag] = await write(insert('a', { some: 'thing' }))
      expect(etag).toMatch(/./)
      expect(await read('a')).toEqual({ partitionKey: key, rowKey: 'a', value: { some: 'thing' }, etag })
    })

    test('get returns undefined for a row that does not exist', async () => {
      const { read } = partition()
      expect(await read('a')).toBeUndefined()
    })

    test('the same row key in another partition or table is another row', async () => {
      const { key, tables, write, value } = partition()
      await write(insert('a', 'mine'))
      await tables.write('calls', randomUUID(), [insert('a', 'of another partition')])
      await tables.write('bots', key, [insert('a', 'of another table')])
      expect(await value('a')).toBe('mine')
    })

    test('an insert of an existing row conflicts', async () => {
      const { write, value } = partition()
      await write(insert('a', 'first'))
      await expect(write(insert('a', 'second'))).rejects.toThrow(StorageConflict)
      expect(await value('a')).toBe('first')
    })

    test('a replace succeeds once under the etag that was read', async () => {
      const { write, value } = partition()
      const [first = ''] = await write(insert('a', 1))
      const [second] = await write(replace('a', first, 2))
      expect(second).not.toBe(first)
      await expect(write(replace('a', first, 3))).rejects.toThrow(StorageConflict)
      expect(await value('a')).toBe(2)
    })

    test('a replace of a deleted or unknown row conflicts', async () => {
      const { write, value } = partition()
      const [etag = ''] = await write(insert('a'))
      await write(remove('a'))
      await expect(write(replace('a', etag))).rejects.toThrow(StorageConflict)
      await expect(write(replace('b', etag))).rejects.toThrow(StorageConflict)
      expect([await value('a'), await value('b')]).toEqual([undefined, undefined])
    })

    test('a replace and a put leave nothing of a longer earlier value', async () => {
      const { write, value } = partition()
      const [etag = ''] = await write(insert('a', 'long'.repeat(40_000)))
      await write(replace('a', etag, 'short'))
      expect(await value('a')).toBe('short')
      await write(put('a', 'long'.repeat(30_000)))
      await write(put('a', 'short again'))
      expect(await value('a')).toBe('short again')
    })

    test('a put writes a new row and overwrites an existing row', async () => {
      const { write, value } = partition()
      const [first] = await write(put('a', 1))
      expect(await value('a')).toBe(1)
      const [second] = await write(put('a', 2))
      expect(second).not.toBe(first)
      expect(await value('a')).toBe(2)
    })

    test('a put of the same value changes the etag, so that a replace under the old etag conflicts', async () => {
      const { write } = partition()
      const [etag = ''] = await write(put('a', 1))
      await write(put('a', 1))
      await expect(write(replace('a', etag, 2))).rejects.toThrow(StorageConflict)
    })

    test('a delete removes a row, and succeeds for a row that does not exist', async () => {
      const { write, read } = partition()
      await write(insert('a'))
      expect(await write(remove('a'))).toEqual([''])
      expect(await read('a')).toBeUndefined()
      expect(await write(remove('a'))).toEqual([''])
    })

    test('a delete under an etag conflicts when the row was written since', async () => {
      const { write, value } = partition()
      const [first = ''] = await write(put('a', 1))
      const [second = ''] = await write(put('a', 2))
      await expect(write(remove('a', first))).rejects.toThrow(StorageConflict)
      expect(await value('a')).toBe(2)
      await write(remove('a', second))
      expect(await value('a')).toBeUndefined()
      expect(await write(remove('a', second))).toEqual([''])
    })

    test('a transaction writes all rows and returns their etags in the order of the writes', async () => {
      const { write, read, value } = partition()
      const [old = ''] = await write(insert('c', 'old'))
      const etags = await write(insert('b'), replace('c', old, 'new'), put('a'))
      expect(etags).toEqual(Array.from({ length: 3 }, () => expect.any(String)))
      expect(etags).toEqual([(await read('b'))?.etag, (await read('c'))?.etag, (await read('a'))?.etag])
      expect(etags[1]).not.toBe(old)
      expect([await value('a'), await value('b'), await value('c')]).toEqual(['a', 'b', 'new'])
    })

    test.for<[string, (stale: string) => RowWrite]>([
      ['an insert of an existing row', () => insert('present')],
      ['a replace of a changed row', (stale) => replace('present', stale)],
      ['a replace of a deleted row', (stale) => replace('absent', stale)],
    ])('a transaction with %s in its middle writes nothing', async ([, middle]) => {
      const { write, value } = partition()
      const [stale = ''] = await write(insert('present', 1))
      await write(put('present', 2))
      await expect(write(insert('a'), middle(stale), put('z'))).rejects.toThrow(StorageConflict)
      expect([await value('a'), await value('present'), await value('absent'), await value('z')]).toEqual([
        undefined,
        2,
        undefined,
        undefined,
      ])
    })

    test('only one of two concurrent replaces under the same etag succeeds', async () => {
      const { write, value } = partition()
      const [etag = ''] = await write(insert('a', 0))
      const results = await Promise.allSettled([write(replace('a', etag, 1)), write(replace('a', etag, 2))])
      const errors = results.map((result) => (result.status === 'rejected' ? result.reason : undefined))
      const winner = errors.indexOf(undefined)
      expect(errors[1 - winner]).toBeInstanceOf(StorageConflict)
      expect(await value('a')).toBe(winner + 1)
    })

    test.for<[string, unknown]>([
      ['null', null],
      ['true', true],
      ['zero', 0],
      ['a fraction', -1.5e-7],
      ['a large integer', Number.MAX_SAFE_INTEGER],
      ['an empty string', ''],
      ['an empty object', {}],
      ['an empty array', []],
      ['nested arrays', [[], [[1, [null]], 'a'], [{ b: [{ c: [] }] }]]],
      ['empty strings in an object', { a: '', b: { '': '' } }],
      ['quotes, controls and markup', "\"\\\u0000\u001f\n\r\t\u2028<a href='x'>&amp;</a>--batch_1--"],
      [
        'strings that look like a date, a number or a type',
        { a: '2024-01-01T00:00:00Z', b: '1', c: 'true', 'd@odata.type': 'Edm.Int64' },
      ],
      ['characters outside the BMP', '👩‍👩‍👧‍👦𝄞'],
      ['over 64 KiB outside the BMP', '👍'.repeat(20_000)],
      ['the same, shifted by one character against the borders of properties', `a${'👍'.repeat(20_000)}`],
      ['half of a surrogate pair', { a: '\ud83d', b: '\udc4d' }],
      ['a value that fills one property exactly', 'x'.repeat(32 * 1024 - 2)],
      ['a value one character longer than a property', 'x'.repeat(32 * 1024 - 1)],
      ['a value that almost fills a row', 'x'.repeat(500_000)],
      ['a long value beyond ASCII', 'ä'.repeat(80_000)],
    ])('get and list return %s unchanged, written alone and in a transaction', async ([, value]) => {
      const { key, tables, write, value: read } = partition()
      await write(insert('alone', value))
      await write(insert('together', value), insert('with', 'another'))
      expect(await read('alone')).toEqual(value)
      expect(await read('together')).toEqual(value)
      const listed = await tables.list('calls', { from: key, to: key, limit: 1 })
      expect(listed.map((row) => row.value)).toEqual([value])
    })

    test('a row of more than 1,000 kB, counted in UTF-16 as Azure does, is refused', async () => {
      const { write, value } = partition()
      const tooLong = 'x'.repeat(512_000)
      await expect(write(put('a', tooLong))).rejects.toThrow('row a is over')
      await expect(write(put('b'), put('a', tooLong))).rejects.toThrow('row a is over')
      expect([await value('a'), await value('b')]).toEqual([undefined, undefined])
    })

    test('a transaction may write 100 rows and no more', async () => {
      const { write, value } = partition()
      const rows = (count: number, prefix: string) =>
        Array.from({ length: count }, (_, index) => insert(`${prefix}${index}`, index))
      expect(await write(...rows(100, 'a'))).toHaveLength(100)
      expect(await value('a99')).toBe(99)
      await expect(write(...rows(101, 'b'))).rejects.toThrow('more than 100')
      expect(await value('b0')).toBeUndefined()
    })

    test('a transaction of more than 4 MiB is refused', async () => {
      const { write, value } = partition()
      const rows = Array.from({ length: 5 }, (_, index) => insert(`a${index}`, 'x'.repeat(450_000)))
      await expect(write(...rows)).rejects.toThrow('the transaction is over')
      expect(await value('a0')).toBeUndefined()
    })

    test('a transaction deletes several rows', async () => {
      const { write, value } = partition()
      await write(put('a', 1), put('b', 2), put('c', 3))
      await write(remove('a'), remove('b'))
      expect([await value('a'), await value('b'), await value('c')]).toEqual([undefined, undefined, 3])
    })

    test('a transaction that deletes a row which does not exist conflicts and deletes nothing', async () => {
      const { write, value } = partition()
      await write(put('a', 1))
      await expect(write(remove('a'), remove('b'))).rejects.toThrow(StorageConflict)
      expect(await value('a')).toBe(1)
    })

    test('a transaction that writes a row twice, or deletes a row beside a write or under an etag, is refused', async () => {
      const { write, value } = partition()
      await expect(write(put('a', 1), put('a', 2))).rejects.toThrow('the transaction writes a row twice')
      await expect(write(put('a'), remove('b'))).rejects.toThrow('the transaction deletes a row and writes others')
      await expect(write(remove('a'), remove('b', 'x'))).rejects.toThrow('the transaction deletes a row under an etag')
      expect(await value('a')).toBeUndefined()
    })

    test('list returns the partitions of a range, bounds included, in the order of their keys', async () => {
      const { key, tables } = partition()
      for (const [part, row] of ['c2', 'b1', 'd1', 'c1', 'a1', 'e1'].map((text) => [...text])) {
        await tables.write('watchdog', `${key}${part}`, [insert(`${row}`, `${part}${row}`)])
      }
      const list = async (from: string, to: string, limit = 100) =>
        (await tables.list('watchdog', { from: `${key}${from}`, to: `${key}${to}`, limit })).map((row) => row.value)
      expect(await list('b', 'd')).toEqual(['b1', 'c1', 'c2', 'd1'])
      expect(await list('c', 'c')).toEqual(['c1', 'c2'])
      expect(await list('b', 'd', 3)).toEqual(['b1', 'c1', 'c2'])
      expect(await list('f', 'g')).toEqual([])
      const [first] = await tables.list('watchdog', { from: `${key}a`, to: `${key}a`, limit: 1 })
      expect(first).toEqual({ partitionKey: `${key}a`, rowKey: '1', value: 'a1', etag: expect.any(String) })
      expect(first).toEqual(await tables.get('watchdog', `${key}a`, '1'))
    })

    test('list continues after the last row of the page before', async () => {
      const { key, tables } = partition()
      for (const part of ['a', 'b']) {
        for (const rowKey of ['1', '2', "it's"]) {
          await tables.write('watchdog', `${key}${part}`, [insert(rowKey, `${part}${rowKey}`)])
        }
      }
      const seen: unknown[] = []
      const range = { from: `${key}a`, to: `${key}b`, limit: 2 }
      let page = await tables.list('watchdog', range)
      while (page.length > 0) {
        seen.push(...page.map(({ value }) => value))
        const { partitionKey = '', rowKey = '' } = page.at(-1) ?? {}
        page = await tables.list('watchdog', { ...range, after: { partitionKey, rowKey } })
      }
      expect(seen).toEqual(['a1', 'a2', "ait's", 'b1', 'b2', "bit's"])
    })

    test('list leaves out the rows from a row key on, in every partition', async () => {
      const { key, tables } = partition()
      for (const part of ['a', 'b']) {
        const rows = ['1', '2', 'request:1'].map((rowKey) => insert(rowKey, `${part}${rowKey}`))
        await tables.write('callIndex', `${key}${part}`, rows)
      }
      const range = { from: `${key}a`, to: `${key}b`, rowsBefore: 'request:' }
      const list = async (page: object) =>
        (await tables.list('callIndex', { ...range, ...page })).map(({ value }) => value)
      expect(await list({})).toEqual(['a1', 'a2', 'b1', 'b2'])
      expect(await list({ limit: 3 })).toEqual(['a1', 'a2', 'b1'])
      expect(await list({ after: { partitionKey: `${key}a`, rowKey: '2' } })).toEqual(['b1', 'b2'])
    })

    test('list without a lower bound starts at the first partition', async () => {
      const { tables } = partition()
      // Sorted before every bucket that the service writes.
      const key = `!${randomUUID()}`
      await tables.write('watchdog', key, [insert('a')])
      const rows = await tables.list('watchdog', { to: key, limit: 1_000 })
      expect(rows.map(({ partitionKey }) => partitionKey)).toContain(key)
      expect(rows.every(({ partitionKey }) => partitionKey <= key)).toBe(true)
      await tables.write('watchdog', key, [remove('a')])
    })

    test('keys may contain colons, equals signs, quotes and hyphens', async () => {
      const { tables } = partition()
      const key = `person:o'neil=20${randomUUID()}`
      await tables.write('callIndex', key, [put('0000000000000001:a-b', 1)])
      expect(await tables.get('callIndex', key, '0000000000000001:a-b')).toMatchObject({ value: 1 })
      expect(await tables.list('callIndex', { from: key, to: key, limit: 5 })).toHaveLength(1)
    })
  })
}
