import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'

export const ALGORITHM = 'RS256'

/** Signs tokens; the public half is what others check them with. */
export interface SigningKey {
  readonly publicJwk: JWK
  sign(claims: Record<string, unknown>, expiresInSeconds: number, now: number): Promise<string>
}

/** The key in a file that only its owner can read, made on first use. Two processes that start at once agree on one. */
export async function loadSigningKey(file: string): Promise<SigningKey> {
  const text = (await read(file)) ?? (await create(file))
  const jwk = JSON.parse(text) as JWK
  const key = (await importJWK(jwk, ALGORITHM)) as CryptoKey
  const kid = await calculateJwkThumbprint(jwk)
  return {
    publicJwk: { kty: 'RSA', n: jwk.n ?? '', e: jwk.e ?? '', alg: ALGORITHM, use: 'sig', kid },
    sign: (claims, expiresInSeconds, now) => {
      const seconds = Math.floor(now / 1000)
      return new SignJWT(claims)
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid })
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + expiresInSeconds)
        .sign(key)
    },
  }
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function create(file: string): Promise<string> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true })
  const text = JSON.stringify(await exportJWK(privateKey))
  await mkdir(dirname(file), { recursive: true })
  // Whole before it has its name: nobody ever reads half a key, and of two that come at once the first stays.
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600 })
  try {
    await link(draft, file)
    return text
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await read(file) : undefined
    if (other) return other
    throw error
  } finally {
    await unlink(draft)
  }
}
