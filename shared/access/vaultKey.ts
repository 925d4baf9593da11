import { createHash } from 'node:crypto'
import type { TokenCredential } from '@azure/identity'
import type { KeyClient, KeyProperties, KeyVaultKey } from '@azure/keyvault-keys'
import type { KeyVersion } from './keyRing.js'
import type { Version } from './keyRotation.js'
import { ALGORITHM, base64Url, type SigningKey, signingKey } from './signingKey.js'

/** How long the vault is waited for: reading versions and signing, and then the POST, have to fit into a lease. */
const TIMEOUT_MS = 5_000
/** Behind each request something tries again anyway: a notification that is retried, the next reading of the versions. */
const MAX_RETRIES = 1

/**
 * The versions of a key in a vault that are enabled. The private half never leaves it: each token is signed there. What has been
 * read of a version is kept, since only its attributes can change.
 *
 * @param address `https://{vault}.vault.azure.net/keys/{name}`
 */
export function vaultVersions(
  address: string,
  connect: (vaultUrl: string) => Promise<KeyClient>,
): () => Promise<KeyVersion[]> {
  const { origin, pathname } = new URL(address)
  const [, , name = ''] = pathname.split('/')
  const keys = new Map<string, SigningKey>()
  let connected: Promise<KeyClient> | undefined
  const load = async (client: KeyClient, version: string) => {
    const key = keys.get(version) ?? (await readKey(client, name, version))
    keys.set(version, key)
    return key
  }
  return async () => {
    connected ??= connect(origin)
    const client = await connected
    const versions: KeyVersion[] = []
    await ask(async (options) => {
      for await (const one of client.listPropertiesOfKeyVersions(name, options)) {
        const version = toVersion(one)
        if (one.enabled) versions.push({ ...version, load: () => load(client, version.id) })
      }
    })
    return versions
  }
}

/** One that may not be used before a certain time is as if it had come then. */
function toVersion({ version: id = '', createdOn, notBefore, expiresOn }: KeyProperties): Version {
  const createdAt = Math.max(createdOn?.getTime() ?? 0, notBefore?.getTime() ?? 0)
  return { id, createdAt, expiresAt: expiresOn?.getTime() }
}

/** Connects to a vault as somebody. */
export const connectAs = (credential: TokenCredential) => async (vaultUrl: string) => {
  // Not at the start: most who run this have no vault, and the library is large.
  const { KeyClient } = await import('@azure/keyvault-keys')
  return new KeyClient(vaultUrl, credential, { retryOptions: { maxRetries: MAX_RETRIES } })
}

async function readKey(client: KeyClient, name: string, version: string): Promise<SigningKey> {
  const publicHalf = toPublicHalf(await ask((options) => client.getKey(name, { version, ...options })))
  const cryptography = client.getCryptographyClient(name, { keyVersion: version })
  return signingKey(publicHalf, async (input) => {
    const digest = createHash('sha256').update(input).digest()
    return (await ask((options) => cryptography.sign(ALGORITHM, digest, options))).result
  })
}

function toPublicHalf({ id, key: { kty = '', n, e } = {} }: KeyVaultKey) {
  if (!kty.startsWith('RSA')) throw new Error(`${id} is of the type ${kty}: an RSA key is needed.`)
  return { n: base64Url(n), e: base64Url(e) }
}

/** @throws Error that says whose it is: it is shown among the attempts at a notification. */
async function ask<T>(request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  try {
    return await request({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new Error(`The vault of NOTIFICATION_KEY does not do what it is asked: ${cause}`, { cause })
  }
}
