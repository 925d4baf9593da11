import { calculateJwkThumbprint, type JWK } from 'jose'

export const ALGORITHM = 'RS256'

/** Signs tokens; the public half is what others check them with. */
export interface SigningKey {
  readonly publicJwk: JWK
  sign(claims: Record<string, unknown>, expiresInSeconds: number, now: number): Promise<string>
}

/**
 * The key with this public half (`n` and `e` as a JWK has them).
 *
 * @param sign makes the RS256 signature of what it is given, wherever the private half is
 */
export async function signingKey(
  { n = '', e = '' }: JWK,
  sign: (input: Buffer) => Promise<Uint8Array>,
): Promise<SigningKey> {
  const kid = await calculateJwkThumbprint({ kty: 'RSA', n, e })
  return {
    publicJwk: { kty: 'RSA', n, e, alg: ALGORITHM, use: 'sig', kid },
    sign: async (claims, expiresInSeconds, now) => {
      const iat = Math.floor(now / 1000)
      const payload = { ...claims, iat, nbf: iat, exp: iat + expiresInSeconds }
      const input = [{ alg: ALGORITHM, typ: 'JWT', kid }, payload]
        .map((part) => base64Url(JSON.stringify(part)))
        .join('.')
      return `${input}.${base64Url(await sign(Buffer.from(input)))}`
    },
  }
}

export const base64Url = (bytes: string | Uint8Array = ''): string => Buffer.from(bytes).toString('base64url')
