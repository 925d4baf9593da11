import { calculateJwkThumbprint, type JWK } from 'jose'

export const ALGORITHM = 'RS256'

/** Signs tokens. Receivers verify them with `publicJwk`. */
export interface SigningKey {
  readonly publicJwk: JWK
  /** @param now in milliseconds since 1970 */
  sign(claims: Record<string, unknown>, expiresInSeconds: number, now: number): Promise<string>
}

/**
 * Creates the signing key with this public half (`n` and `e` of a JWK).
 *
 * @param sign makes the RS256 signature of its input, wherever the private half is kept
 */
export async function createSigningKey(
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
        .map((part) => toBase64Url(JSON.stringify(part)))
        .join('.')
      return `${input}.${toBase64Url(await sign(Buffer.from(input)))}`
    },
  }
}

export const toBase64Url = (bytes: string | Uint8Array = ''): string => Buffer.from(bytes).toString('base64url')
