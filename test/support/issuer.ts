import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, type JWK, SignJWT } from 'jose'
import { type RsaKeyPair, releaseRsaKeyPairs, takeRsaKeyPair } from './rsaKeys.js'

/** An issuer of access tokens like Entra ID, with a metadata document and keys. A test can make it fail. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly tenantId: string
  /** The paths of the requests that it got, in order. */
  readonly requestedPaths: readonly string[]
  /** Signs with a new key from now on. The earlier keys stay published, or not. */
  rotateKey(keepsEarlierKeys: boolean): Promise<void>
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** Replaces answers; for undefined, the document is returned. */
  answerInstead: ((path: string) => { status: number; body: string; location?: string } | undefined) | undefined
  close(): Promise<void>
}

export async function startIssuer(tenantId: string, audience: string): Promise<TestIssuer> {
  const published: JWK[] = []
  const requestedPaths: string[] = []
  const keyPairs: RsaKeyPair[] = []
  const kidOf = (keyPair: RsaKeyPair) => `key-${keyPairs.indexOf(keyPair) + 1}`
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requestedPaths.push(path)
    const instead = issuer.answerInstead?.(path)
    const documents: Record<string, unknown> = {
      [`/${tenantId}/v2.0/.well-known/openid-configuration`]: { issuer: issuer.issuer, jwks_uri: `${origin}/keys` },
      '/keys': { keys: published },
    }
    const body = instead?.body ?? JSON.stringify(documents[path])
    if (instead?.location) response.setHeader('location', instead.location)
    response.writeHead(instead?.status ?? (body ? 200 : 404), { 'content-type': 'application/json' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: TestIssuer = {
    issuer: `${origin}/${tenantId}/v2.0`,
    audience,
    tenantId,
    requestedPaths,
    answerInstead: undefined,
    async rotateKey(keepsEarlierKeys) {
      const keyPair = takeRsaKeyPair()
      keyPairs.push(keyPair)
      if (!keepsEarlierKeys) published.length = 0
      published.push({ ...(await exportJWK(keyPair.publicKey)), kid: kidOf(keyPair), use: 'sig' })
    },
    sign: (claims, header = {}) => {
      const newest = keyPairs.at(-1) as RsaKeyPair
      return new SignJWT({ iss: issuer.issuer, aud: audience, tid: tenantId, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: kidOf(newest), ...header })
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime('1h')
        .sign(newest.privateKey)
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      releaseRsaKeyPairs(keyPairs)
    },
  }
  await issuer.rotateKey(true)
  return issuer
}
