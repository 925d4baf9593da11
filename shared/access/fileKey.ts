import { createPrivateKey, sign } from 'node:crypto'
import { link, mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { KeyVersion } from './keyRing.js'
import { ALGORITHM, signingKey } from './signingKey.js'

const OWNER_ONLY = 0o600

/**
 * The versions of a key in files that only their owner can read: `{name}.json`, which is made where it is missing, and every other
 * `{name}*.json`. Their age is that of the files, so that all processes that share the directory agree; renaming keeps it.
 */
export function fileVersions(directory: string, name: string): () => Promise<KeyVersion[]> {
  const main = `${name}.json`
  return async () => {
    await mkdir(directory, { recursive: true })
    const found = await readdir(directory)
    if (!found.includes(main)) await create(join(directory, main))
    const files = found.filter((file) => file !== main && file.startsWith(name) && file.endsWith('.json'))
    return Promise.all([main, ...files].map((file) => readVersion(directory, file)))
  }
}

async function readVersion(directory: string, id: string): Promise<KeyVersion> {
  const file = join(directory, id)
  const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
  const jwk = JSON.parse(text) as JWK
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const key = await signingKey(jwk, (input) => promisify(sign)('sha256', input, privateKey))
  return { id, createdAt: mtimeMs, load: async () => key }
}

async function create(file: string): Promise<void> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  // Whole before it has its name: nobody ever reads half a key, and of two that come at once the first stays.
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
