import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { NIL, v5 } from 'uuid'
import { forbidden, tenantMismatch, unauthenticated } from '../graph/errors.js'
import { parseGuid } from '../graph/ids.js'
import type { KeyRing } from './keys/keyRing.js'
import { TOKEN_LIFETIME_SECONDS } from './keys/keyRotation.js'
import { ALGORITHM } from './keys/signingKey.js'
import { ALL_PERMISSIONS } from './permissions.js'
import { TrustedIssuer } from './trustedIssuer.js'
import { type VerifiedToken, VerifiedTokens } from './verifiedTokens.js'

/** The application that sends a request. `roles` are in lower case. */
export interface Caller {
  readonly applicationId: string
  readonly tenantId: string
  /** True when the client requested the token for a name such as `common`, which stands for any tenant. */
  readonly isForAnyTenant: boolean
  readonly roles: ReadonlySet<string>
}

/** The audience of an access token for Graph. */
export const AUDIENCE = 'https://graph.microsoft.com'

/**
 * The issuer in the form of Entra ID, at the origin of this service: MSAL accepts the metadata of an authority only if
 * its issuer has the same origin.
 */
export const localIssuerUrl = (baseUrl: string, tenantId: string) => `${baseUrl}/${tenantId}/v2.0`

/** The origin is not compared: the service has many addresses, and a token from one of them is valid at all of them. */
const isLocalIssuerUrl = (issuer: string | undefined, tenantId: unknown): boolean =>
  issuer !== undefined && URL.canParse(issuer) && new URL(issuer).pathname.endsWith(`/${tenantId}/v2.0`)

/** Turns the name of a tenant into a GUID. A domain, or a word such as `common`, always gets the same one. */
export const resolveTenantId = (name: string): string => parseGuid(name) ?? v5(name.toLowerCase(), NIL)

/** How far the clock of an issuer may differ from the clock of this process. */
const CLOCK_TOLERANCE_SECONDS = 60
/** Tokens of Entra ID have 2 to 3 KiB. All headers of a request share 16 KiB (Node.js, --max-http-header-size). */
const MAX_TOKEN_LENGTH = 12 * 1024

/** A claim that only the local issuer uses. */
const ANY_TENANT = 'any_tenant'

export interface AccessTokenRequest {
  /** The address of the local issuer as the client used it, without a trailing slash. */
  readonly baseUrl: string
  readonly applicationId: string
  /** As the path names it: a GUID, a domain, or a word such as `common`. */
  readonly tenant: string
  /** The permissions to grant; all of them by default. */
  readonly roles?: readonly string[] | undefined
  /** The resource that the request names, if any. The token is for Graph in any case. */
  readonly resource?: string | undefined
  /** The signed-in user of a delegated token; `scopes` becomes the claim `scp`. The calls API refuses such a token. */
  readonly user?: { readonly name: string; readonly scopes: string }
}

/** The tokens in a reply. All but the access token are issued only for a user. */
export interface IssuedTokens {
  readonly access_token: string
  readonly id_token?: string
  /** A placeholder, because the local token endpoint accepts any refresh token. */
  readonly refresh_token?: string
  readonly scope?: string
}

/**
 * @param what the resource that belongs to the tenant, as the error message names it
 * @throws GraphError 403 (7505), which names the expected tenant
 */
export function requireTenant(caller: Caller, tenantId: string, what: string): void {
  if (!isForTenant(caller, tenantId)) throw tenantMismatch(what, tenantId)
}

/** Whether the token was issued for the tenant. */
export const isForTenant = (caller: Caller, tenantId: string): boolean =>
  caller.isForAnyTenant || caller.tenantId === tenantId

/** The issuers of access tokens besides the local one, and the audiences that their tokens may have. */
export interface TrustedIssuers {
  readonly issuers: readonly string[]
  readonly audiences: readonly string[]
}

/** Issues the tokens of the local issuer, and verifies them and those of the configured issuers. */
export class AccessTokens {
  readonly #keys: KeyRing | undefined
  readonly #trustedIssuers: ReadonlyMap<string, TrustedIssuer>
  readonly #audiences: readonly string[]
  readonly #now: () => number
  readonly #verified = new VerifiedTokens()
  #localKeys: { readonly ids: string; readonly findKey: JWTVerifyGetKey } | undefined

  /** @param keys the keys of the local issuer; undefined disables it */
  constructor(keys: KeyRing | undefined, { issuers, audiences }: TrustedIssuers, now: () => number) {
    this.#keys = keys
    this.#trustedIssuers = new Map(issuers.map((issuer) => [issuer, new TrustedIssuer(issuer, now)]))
    this.#audiences = audiences
    this.#now = now
  }

  async issue({ baseUrl, applicationId, tenant, roles, user }: AccessTokenRequest): Promise<IssuedTokens> {
    const key = await this.#keys?.getSigningKey(this.#now())
    if (!key) throw new Error('expected the local issuer to be enabled')
    const sign = (claims: Record<string, unknown>) => key.sign(claims, TOKEN_LIFETIME_SECONDS, this.#now())
    const tenantId = resolveTenantId(tenant)
    const issuer = { iss: localIssuerUrl(baseUrl, tenantId), tid: tenantId }
    const access = {
      ...issuer,
      aud: AUDIENCE,
      appid: applicationId,
      azp: applicationId,
      ...(parseGuid(tenant) === undefined && { [ANY_TENANT]: true }),
    }
    if (!user) {
      const granted = roles ?? ALL_PERMISSIONS.map(([name]) => name)
      return { access_token: await sign({ ...access, sub: applicationId, roles: granted }) }
    }
    const subject = { sub: v5(user.name.toLowerCase(), NIL), oid: v5(user.name.toLowerCase(), NIL) }
    return {
      access_token: await sign({ ...access, ...subject, scp: user.scopes, idtyp: 'user' }),
      id_token: await sign({ ...issuer, ...subject, aud: applicationId, preferred_username: user.name }),
      refresh_token: 'any',
      scope: user.scopes,
    }
  }

  /**
   * Identifies the application that an Authorization header stands for.
   *
   * @throws GraphError 401 that names the problem with the token, 403 for the token of a signed-in user, 503 when the
   * keys of its issuer are not available
   */
  async verify(authorization: string | null): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (!token) throw unauthenticated('The Authorization header must be: Bearer, a space, and an access token.')
    if (token.length > MAX_TOKEN_LENGTH) {
      throw unauthenticated(`The access token is longer than ${MAX_TOKEN_LENGTH} characters.`)
    }
    const { payload, isLocal } = await this.#verifyToken(token)
    // Only the token of a user has scopes. Entra ID can also mark it with `idtyp`, which is an optional claim.
    if (payload.scp !== undefined || payload.idtyp === 'user') {
      throw forbidden('A delegated token is not supported; use an application token.')
    }
    const applicationId = parseGuid(String(payload.azp ?? payload.appid ?? ''))
    const tenantId = parseGuid(String(payload.tid ?? ''))
    if (!applicationId || !tenantId) {
      throw unauthenticated('The access token names no application (azp or appid) or no tenant (tid).')
    }
    const roles = Array.isArray(payload.roles) ? payload.roles.map((role) => String(role).toLowerCase()) : []
    return { applicationId, tenantId, isForAnyTenant: isLocal && payload[ANY_TENANT] === true, roles: new Set(roles) }
  }

  /** The `iss` of the token decides which keys and which audiences are accepted. */
  async #verifyToken(token: string): Promise<{ payload: JWTPayload; isLocal: boolean }> {
    try {
      const { iss, tid } = decodeJwt(token)
      // Nothing is verified yet: despite its type, `iss` may be any JSON value.
      const issuer = typeof iss === 'string' ? iss : ''
      const trustedIssuer = this.#trustedIssuers.get(issuer)
      if (trustedIssuer) {
        return { payload: await this.#verifyJwt(token, trustedIssuer.findKey, this.#audiences), isLocal: false }
      }
      if (!this.#keys || !isLocalIssuerUrl(issuer, tid)) throw unauthenticated(this.#describeAcceptedIssuers())
      const findKey = await this.#findLocalKey(this.#keys)
      return { payload: await this.#verifyJwt(token, findKey, [AUDIENCE]), isLocal: true }
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthenticated(describeTokenProblem(error))
      throw error
    }
  }

  /**
   * Returns the same function while the same keys are published: it keeps the imported keys, and `isSignedBy` compares
   * them by identity.
   */
  async #findLocalKey(ring: KeyRing): Promise<JWTVerifyGetKey> {
    const keys = await ring.getPublicKeys(this.#now())
    // The id of a key is its thumbprint (signingKey.ts).
    const ids = keys.map(({ kid }) => kid).join()
    if (this.#localKeys?.ids !== ids) this.#localKeys = { ids, findKey: createLocalJWKSet({ keys }) }
    return this.#localKeys.findKey
  }

  async #verifyJwt(token: string, findKey: JWTVerifyGetKey, audiences: readonly string[]): Promise<JWTPayload> {
    const now = this.#now()
    const known = this.#verified.find(token)
    if (known && isCurrent(known, now) && (await isSignedBy(findKey, known))) return known.payload
    const verified = await jwtVerify(token, findKey, {
      algorithms: [ALGORITHM],
      audience: [...audiences],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(now),
    })
    this.#verified.add(token, verified, now)
    return verified.payload
  }

  #describeAcceptedIssuers(): string {
    const trusted = [...this.#trustedIssuers.keys()].join(', ')
    const accepted = trusted ? `Accepted here: ${trusted}.` : 'Fetch one here: POST /{tenant}/oauth2/v2.0/token.'
    return `The access token is not valid here: its issuer is not accepted. ${accepted}`
  }
}

/** Whether a token that was valid when it was verified still is, as jose compares: in whole seconds, with tolerance. */
const isCurrent = ({ payload: { exp = 0 }, verifiedAt }: VerifiedToken, now: number): boolean =>
  verifiedAt <= now && Math.floor(now / 1000) < exp + CLOCK_TOLERANCE_SECONDS

/** Keys are found by the header of a token alone. */
const NO_JWS = { payload: '', signature: '' }

/** Whether the issuer still publishes the key. After an error the token is verified again, which names the problem. */
async function isSignedBy(findKey: JWTVerifyGetKey, { header, key }: VerifiedToken): Promise<boolean> {
  try {
    return (await findKey(header, NO_JWS)) === key
  } catch {
    return false
  }
}

/** Names the problem with a token, without details, because the sender is not authenticated. */
function describeTokenProblem(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.'
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined
  if (claim === 'nbf') return 'The access token is not valid here yet (nbf).'
  if (claim === 'aud') return 'The access token is not valid here: it is for another audience (aud).'
  return 'The access token is not valid here: it is damaged, or it was not issued for this service.'
}
