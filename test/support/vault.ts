import { constants, generateKeyPairSync, type KeyObject, privateEncrypt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { makeServerCertificate } from '../../hosting/certificates.js'
import { type RsaKeyPair, releaseRsaKeyPairs, takeRsaKeyPair } from './rsaKeys.js'

/** Small, so that the tests read several pages. */
const PAGE_SIZE = 2
const KEY = 'notifications'
/** The DER prefix of a SHA-256 digest in a signature (RFC 8017, 9.2, note 1). */
const SHA256_PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** One version of the key `notifications`. Times are in seconds, as in Key Vault. */
interface VaultVersion {
  readonly id: string
  readonly keyPair: RsaKeyPair
  readonly publicJwk: JWK
  enabled: boolean
  created: number
  exp?: number
  nbf?: number
}

/** The part of Key Vault that the service uses: it lists the versions of one key, returns public keys, and signs. */
export interface TestVault {
  readonly port: number
  /** The certificate of the authority that a client must trust. */
  readonly ca: string
  readonly caFile: string
  readonly versions: VaultVersion[]
  /** Every request with a token, such as `GET /keys/notifications/versions`. */
  readonly requests: string[]
  /** The Authorization header of every request. The first request has none. */
  readonly authorizations: (string | undefined)[]
  /** While true, the vault answers every request with 503. */
  isUnavailable: boolean
  addVersion(attributes: { created: number; exp?: number; nbf?: number; kty?: 'RSA' | 'EC' }): VaultVersion
  /** Removes all versions and recorded requests, so that the next test can use the vault. */
  reset(): void
  stop(): Promise<void>
}

export async function startVault(hostName = 'localhost'): Promise<TestVault> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-vault-'))
  const { key, cert, ca, caFile } = await makeServerCertificate(directory, [hostName])
  const server = createServer({ key, cert }, (request, response) => answer(vault, request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const vault: TestVault = {
    port: (server.address() as AddressInfo).port,
    ca,
    caFile,
    versions: [],
    requests: [],
    authorizations: [],
    isUnavailable: false,
    addVersion: ({ kty = 'RSA', ...attributes }) => {
      const keyPair = kty === 'RSA' ? takeRsaKeyPair() : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const id = `${vault.versions.length + 1}`.padStart(32, 'a')
      const publicJwk = keyPair.publicKey.export({ format: 'jwk' })
      const version = { id, keyPair, publicJwk, enabled: true, ...attributes }
      vault.versions.push(version)
      return version
    },
    reset: () => {
      const versions = vault.versions.splice(0)
      releaseRsaKeyPairs(versions.map(({ keyPair }) => keyPair).filter(({ publicKey }) => isRsa(publicKey)))
      vault.requests.length = 0
      vault.authorizations.length = 0
      vault.isUnavailable = false
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
  return vault
}

const isRsa = (key: KeyObject) => key.asymmetricKeyType === 'rsa'

async function answer(vault: TestVault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, origin, searchParams } = new URL(request.url ?? '', `https://${request.headers.host}`)
  const reply = (status: number, body: object, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const replyError = (status: number, code: string) => reply(status, { error: { code, message: code } })
  vault.authorizations.push(request.headers.authorization)
  if (vault.isUnavailable) return void replyError(503, 'ServiceUnavailable')
  if (!request.headers.authorization) {
    const authorization = 'https://login.microsoftonline.com/2432b57b-0abd-43db-aa7b-16eadd115d34'
    const challenge = `Bearer authorization="${authorization}", resource="https://vault.azure.net"`
    return void reply(401, { error: { code: 'Unauthorized' } }, { 'www-authenticate': challenge })
  }
  vault.requests.push(`${request.method} ${pathname}`)
  const kid = ({ id }: VaultVersion) => `${origin}/keys/${KEY}/${id}`
  const attributes = ({ enabled, created, exp, nbf }: VaultVersion) => ({
    enabled,
    created,
    updated: created,
    exp,
    nbf,
  })

  if (request.method === 'GET' && pathname === `/keys/${KEY}/versions`) {
    const from = Number(searchParams.get('$skiptoken'))
    const page = vault.versions.slice(from, from + PAGE_SIZE)
    const next = from + PAGE_SIZE < vault.versions.length && `${origin}${pathname}?$skiptoken=${from + PAGE_SIZE}`
    const value = page.map((version) => ({ kid: kid(version), attributes: attributes(version) }))
    return void reply(200, { value, nextLink: next || null })
  }
  const [, id, action] = new RegExp(`^/keys/${KEY}/([^/]+)(/sign)?$`).exec(pathname) ?? []
  const version = vault.versions.find((candidate) => candidate.id === id)
  if (!version) return void replyError(404, 'KeyNotFound')
  if (!version.enabled) return void replyError(403, 'Forbidden')
  if (request.method === 'GET' && !action) {
    const key = { kid: kid(version), key_ops: ['sign', 'verify'], ...version.publicJwk }
    return void reply(200, { key, attributes: attributes(version) })
  }
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
  const digest = Buffer.from(body.value, 'base64url')
  if (request.method !== 'POST' || body.alg !== 'RS256' || digest.length !== 32)
    return void replyError(400, 'BadParameter')
  const padded = { key: version.keyPair.privateKey, padding: constants.RSA_PKCS1_PADDING }
  const signature = privateEncrypt(padded, Buffer.concat([SHA256_PREFIX, digest]))
  reply(200, { kid: kid(version), value: signature.toString('base64url') })
}
