import { createPrivateKey, sign } from 'node:crypto'
import { link, mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { KeyVersion } from './keyRing.js'
import { ALGORITHM, createSigningKey } from './signingKey.js'

const OWNER_ONLY = 0o600

/**
 * Reads the versions of a key from files that only their owner can read: `{name}.json`, which is created when it is
 * missing, and every other `{name}*.json`. The age of a version is the age of its file, which survives renaming, so all
 * processes that share the directory agree on it.
 */
export function fileKeySource(directory: string, name: string): () => Promise<KeyVersion[]> {
  const main = `${name}.json`
  return async () => {
    await mkdir(directory, { recursive: true })
    const files = await readdir(directory)
    if (!files.includes(main)) await createKeyFile(join(directory, main))
    const others = files.filter((file) => file !== main && file.startsWith(name) && file.endsWith('.json'))
    return Promise.all([main, ...others].map((file) => readVersion(directory, file)))
  }
}

async function readVersion(directory: string, id: string): Promise<KeyVersion> {
  const file = join(directory, id)
  const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
  const jwk = JSON.parse(text) as JWK
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const key = await createSigningKey(jwk, (input) => promisify(sign)('sha256', input, privateKey))
  return { id, createdAt: mtimeMs, load: async () => key }
}

async function createKeyFile(file: string): Promise<void> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  // The file is complete before it gets its name, so no process reads half a key. If two processes create the key at
  // once, the file of the first one is kept.
  const draft = `${file}.${process.pid}`
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: OWNER_ONLY })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
}
