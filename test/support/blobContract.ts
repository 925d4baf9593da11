import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Blobs } from '../../shared/storage/blobs.js'

/** The contract of every implementation of Blobs. Each test has its own prefix, because tests may share a container. */
export function describeBlobs(name: string, open: () => Blobs): void {
  describe(name, () => {
    test('get returns the bytes that were put, and undefined for a blob that does not exist', async () => {
      const [blobs, prefix] = [open(), randomUUID()]
      const content = Uint8Array.from({ length: 256 }, (_, index) => index)
      await blobs.put(`${prefix}/a`, content)
      expect([...((await blobs.get(`${prefix}/a`)) ?? [])]).toEqual([...content])
      expect(await blobs.get(`${prefix}/b`)).toBeUndefined()
      await blobs.deleteAll(prefix)
    })

    test('a blob may have the bytes of two minutes of audio', async () => {
      const [blobs, prefix] = [open(), randomUUID()]
      const content = new Uint8Array(120 * 32_000).fill(7)
      await blobs.put(`${prefix}/a`, content)
      expect(Buffer.compare((await blobs.get(`${prefix}/a`)) ?? new Uint8Array(), content)).toBe(0)
      await blobs.deleteAll(prefix)
    })

    test('a put over an existing blob replaces it', async () => {
      const [blobs, prefix] = [open(), randomUUID()]
      await blobs.put(`${prefix}/a`, Uint8Array.of(1, 2, 3))
      await blobs.put(`${prefix}/a`, Uint8Array.of(4))
      expect([...((await blobs.get(`${prefix}/a`)) ?? [])]).toEqual([4])
      await blobs.deleteAll(prefix)
    })

    test('deleteAll deletes the blobs whose names start with the prefix and no others, and can be repeated', async () => {
      const [blobs, prefix] = [open(), randomUUID()]
      for (const key of ['a/1', 'a/2', 'b/1']) await blobs.put(`${prefix}/${key}`, Uint8Array.of(1))
      await blobs.deleteAll(`${prefix}/a/`)
      await blobs.deleteAll(`${prefix}/a/`)
      const found = await Promise.all(['a/1', 'a/2', 'b/1'].map((key) => blobs.get(`${prefix}/${key}`)))
      expect(found.map((content) => content?.length)).toEqual([undefined, undefined, 1])
      await blobs.deleteAll(prefix)
      expect(await blobs.get(`${prefix}/b/1`)).toBeUndefined()
    })
  })
}
