import { constants, generateKeyPairSync, type KeyObject, privateEncrypt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JWK } from 'jose'
import { makeServerCertificate } from '../../local-host/certificates.js'

/** So that several pages are there to be read. */
const PAGE_SIZE = 2
const KEY = 'notifications'
/** What stands before a digest of SHA-256 in a signature (RFC 8017, 9.2, note 1). */
const SHA256_PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex')

/** One version of the key `notifications`. Times are in seconds, as the vault has them. */
interface VaultVersion {
  readonly id: string
  readonly privateKey: KeyObject
  readonly publicHalf: JWK
  enabled: boolean
  created: number
  exp?: number
  nbf?: number
}

/** Key Vault as far as we use it: it lists the versions of one key, shows their public halves, and really signs with them. */
export interface TestVault {
  readonly port: number
  /** The certificate of the authority that must be trusted. */
  readonly ca: string
  readonly caFile: string
  readonly versions: VaultVersion[]
  /** Every request that came with a token, such as `GET /keys/notifications/versions`. */
  readonly requests: string[]
  /** The authorization of every request; undefined where there was none, as at the very first. */
  readonly authorizations: (string | undefined)[]
  /** It answers nothing but 503. */
  away: boolean
  addVersion(attributes: { created: number; exp?: number; nbf?: number; kty?: 'RSA' | 'EC' }): VaultVersion
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
    away: false,
    addVersion: ({ kty = 'RSA', ...attributes }) => {
      const { publicKey, privateKey } =
        kty === 'RSA'
          ? generateKeyPairSync('rsa', { modulusLength: 2048 })
          : generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const id = `${vault.versions.length + 1}`.padStart(32, 'a')
      const publicHalf = publicKey.export({ format: 'jwk' })
      const version = { id, privateKey, publicHalf, enabled: true, ...attributes }
      vault.versions.push(version)
      return version
    },
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await rm(directory, { recursive: true })
    },
  }
  return vault
}

async function answer(vault: TestVault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, origin, searchParams } = new URL(request.url ?? '', `https://${request.headers.host}`)
  const reply = (status: number, body: object, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
  const refuse = (status: number, code: string) => reply(status, { error: { code, message: code } })
  vault.authorizations.push(request.headers.authorization)
  if (vault.away) return void refuse(503, 'ServiceUnavailable')
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
    const value = page.map((one) => ({ kid: kid(one), attributes: attributes(one) }))
    return void reply(200, { value, nextLink: next || null })
  }
  const [, id, action] = new RegExp(`^/keys/${KEY}/([^/]+)(/sign)?$`).exec(pathname) ?? []
  const version = vault.versions.find((one) => one.id === id)
  if (!version) return void refuse(404, 'KeyNotFound')
  if (!version.enabled) return void refuse(403, 'Forbidden')
  if (request.method === 'GET' && !action) {
    const key = { kid: kid(version), key_ops: ['sign', 'verify'], ...version.publicHalf }
    return void reply(200, { key, attributes: attributes(version) })
  }
  const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
  const digest = Buffer.from(body.value, 'base64url')
  if (request.method !== 'POST' || body.alg !== 'RS256' || digest.length !== 32) return void refuse(400, 'BadParameter')
  const padded = { key: version.privateKey, padding: constants.RSA_PKCS1_PADDING }
  const signature = privateEncrypt(padded, Buffer.concat([SHA256_PREFIX, digest]))
  reply(200, { kid: kid(version), value: signature.toString('base64url') })
}
