import { createHash } from 'node:crypto'
import type { TokenCredential } from '@azure/identity'
import type { KeyClient, KeyProperties, KeyVaultKey } from '@azure/keyvault-keys'
import type { KeyVersion } from './keyRing.js'
import type { KeyVersionInfo } from './keyRotation.js'
import { ALGORITHM, createSigningKey, type SigningKey, toBase64Url } from './signingKey.js'

/** How long one request to the vault may take: reading the versions, signing and the POST must fit into one lease. */
const TIMEOUT_MS = 5_000
/** One retry is enough: the notification that needs a token is retried anyway, and the versions are read again. */
const MAX_RETRIES = 1

/**
 * Reads the enabled versions of a key in a vault. The private half never leaves the vault, which signs each token. A
 * version that was read once is kept, because only its attributes can change.
 *
 * @param address `https://{vault}.vault.azure.net/keys/{name}`
 */
export function vaultKeySource(
  address: string,
  connect: (vaultUrl: string) => Promise<KeyClient>,
): () => Promise<KeyVersion[]> {
  const { origin, pathname } = new URL(address)
  const [, , name = ''] = pathname.split('/')
  const keys = new Map<string, SigningKey>()
  let connection: Promise<KeyClient> | undefined
  const load = async (client: KeyClient, version: string) => {
    const key = keys.get(version) ?? (await readKey(client, name, version))
    keys.set(version, key)
    return key
  }
  return async () => {
    connection ??= connect(origin)
    const client = await connection
    const versions: KeyVersion[] = []
    await callVault(async (options) => {
      for await (const properties of client.listPropertiesOfKeyVersions(name, options)) {
        const version = toVersion(properties)
        if (properties.enabled) versions.push({ ...version, load: () => load(client, version.id) })
      }
    })
    return versions
  }
}

/** A version with a `notBefore` in the future counts as created at that time. */
function toVersion({ version: id = '', createdOn, notBefore, expiresOn }: KeyProperties): KeyVersionInfo {
  const createdAt = Math.max(createdOn?.getTime() ?? 0, notBefore?.getTime() ?? 0)
  return { id, createdAt, expiresAt: expiresOn?.getTime() }
}

/** Returns a function that connects to a vault with this identity. */
export const vaultClientFactory = (credential: TokenCredential) => async (vaultUrl: string) => {
  // Not loaded at startup: the library is large, and most installations have no vault.
  const { KeyClient } = await import('@azure/keyvault-keys')
  return new KeyClient(vaultUrl, credential, { retryOptions: { maxRetries: MAX_RETRIES } })
}

async function readKey(client: KeyClient, name: string, version: string): Promise<SigningKey> {
  const publicHalf = toPublicHalf(await callVault((options) => client.getKey(name, { version, ...options })))
  const cryptography = client.getCryptographyClient(name, { keyVersion: version })
  return createSigningKey(publicHalf, async (input) => {
    const digest = createHash('sha256').update(input).digest()
    return (await callVault((options) => cryptography.sign(ALGORITHM, digest, options))).result
  })
}

function toPublicHalf({ id, key: { kty = '', n, e } = {} }: KeyVaultKey) {
  if (!kty.startsWith('RSA')) throw new Error(`${id} is of the type ${kty}: an RSA key is needed.`)
  return { n: toBase64Url(n), e: toBase64Url(e) }
}

/** @throws Error that names the vault as the cause, because it is shown among the attempts of a notification */
async function callVault<T>(request: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
  try {
    return await request({ abortSignal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new Error(`The request to the vault of NOTIFICATION_KEY failed: ${cause}`, { cause })
  }
}
