import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'

/** An issuer of access tokens as Entra ID is one, with a metadata document and keys, that a test may lead astray. */
export interface TestIssuer {
  readonly issuer: string
  readonly audience: string
  readonly tenantId: string
  /** What is asked of it, in order. */
  readonly asked: readonly string[]
  /** Another key from now on; the last one stays in the list or goes. */
  rotate(keep: boolean): Promise<void>
  sign(claims: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>
  /** What it answers instead of what was asked for. */
  answerInstead: ((path: string) => { status: number; body: string } | undefined) | undefined
  close(): Promise<void>
}

export async function startIssuer(tenantId: string, audience: string): Promise<TestIssuer> {
  const published: JWK[] = []
  const asked: string[] = []
  let current: { key: CryptoKey; kid: string }
  let generation = 0
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const instead = issuer.answerInstead?.(path)
    const documents: Record<string, unknown> = {
      [`/${tenantId}/v2.0/.well-known/openid-configuration`]: { issuer: issuer.issuer, jwks_uri: `${origin}/keys` },
      '/keys': { keys: published },
    }
    const body = instead?.body ?? JSON.stringify(documents[path])
    response.writeHead(instead?.status ?? (body ? 200 : 404), { 'content-type': 'application/json' }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: TestIssuer = {
    issuer: `${origin}/${tenantId}/v2.0`,
    audience,
    tenantId,
    asked,
    answerInstead: undefined,
    async rotate(keep) {
      const { privateKey, publicKey } = await generateKeyPair('RS256')
      const kid = `key-${++generation}`
      if (!keep) published.length = 0
      published.push({ ...(await exportJWK(publicKey)), kid, use: 'sig' })
      current = { key: privateKey, kid }
    },
    sign: (claims, header = {}) =>
      new SignJWT({ iss: issuer.issuer, aud: audience, tid: tenantId, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: current.kid, ...header })
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime('1h')
        .sign(current.key),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
  await issuer.rotate(true)
  return issuer
}
