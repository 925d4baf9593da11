import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { NIL, v5 } from 'uuid'
import { forbidden, tenantMismatch, unauthenticated } from '../graph/errors.js'
import { parseGuid } from '../graph/ids.js'
import type { KeyRing } from './keyRing.js'
import { ALL_PERMISSIONS } from './permissions.js'
import { ALGORITHM } from './signingKey.js'
import { TokenIssuer } from './tokenIssuer.js'

/** The application that a request comes from. `roles` are in lower case. */
export interface Caller {
  readonly applicationId: string
  readonly tenantId: string
  /** The local issuer was asked by a name such as `common`, which may be that of any tenant. */
  readonly isOfAnyTenant: boolean
  readonly roles: ReadonlySet<string>
}

export const ACCESS_TOKEN_SECONDS = 3600
/** What a token for Graph is made out to. */
export const AUDIENCE = 'https://graph.microsoft.com'
/** As Entra ID writes it, but here: MSAL takes the metadata of an authority only if its issuer has the same origin. */
export const localIssuer = (baseUrl: string, tenantId: string) => `${baseUrl}/${tenantId}/v2.0`
/** The service is reached under many addresses: a token that was fetched at one of them is good at all. */
const isLocalIssuer = (issuer: string | undefined, tenantId: unknown): boolean =>
  issuer !== undefined && URL.canParse(issuer) && new URL(issuer).pathname.endsWith(`/${tenantId}/v2.0`)
/** A tenant may be named by its domain, or be `common`: every name always gets the same GUID. */
export const tenantOf = (name: string): string => parseGuid(name) ?? v5(name.toLowerCase(), NIL)
const CLOCK_TOLERANCE_SECONDS = 60
/** Entra ID's are 2 or 3 KiB; all headers of a request together have 16 KiB (Node.js, --max-http-header-size). */
const MAX_TOKEN_LENGTH = 12 * 1024

/** A claim of the local issuer's own. */
const ANY_TENANT = 'any_tenant'

export interface AccessTokenRequest {
  /** Where the issuer was asked, without a slash at the end. */
  readonly baseUrl: string
  readonly applicationId: string
  /** As the path names it: a GUID, a domain, or a word such as `common`. */
  readonly tenant: string
  /** Absent: every role there is. */
  readonly roles?: readonly string[] | undefined
  /** What the token is asked for, where the request says it. The token is good for Graph, whatever that is. */
  readonly resource?: string | undefined
}

/**
 * @param what belongs to the tenant, for the message
 * @throws GraphError 403 (7505), which names the tenant that was expected
 */
export function requireTenant(caller: Caller, tenantId: string, what: string): void {
  if (!caller.isOfAnyTenant && caller.tenantId !== tenantId) throw tenantMismatch(what, tenantId)
}

/** Who else may issue access tokens, and to whom they are then made out. */
export interface TrustedIssuers {
  readonly issuers: readonly string[]
  readonly audiences: readonly string[]
}

/** Issues the tokens of the local issuer, and verifies those, and the ones of the issuers that are configured. */
export class AccessTokens {
  readonly #keys: KeyRing | undefined
  readonly #others: ReadonlyMap<string, TokenIssuer>
  readonly #audiences: readonly string[]
  readonly #now: () => number

  /** @param keys the local issuer's, undefined where that is off */
  constructor(keys: KeyRing | undefined, { issuers, audiences }: TrustedIssuers, now: () => number) {
    this.#keys = keys
    this.#others = new Map(issuers.map((issuer) => [issuer, new TokenIssuer(issuer, now)]))
    this.#audiences = audiences
    this.#now = now
  }

  async issue({ baseUrl, applicationId, tenant, roles }: AccessTokenRequest): Promise<string> {
    const key = await this.#keys?.current(this.#now())
    if (!key) throw new Error('the local issuer is off')
    const tenantId = tenantOf(tenant)
    const claims = {
      iss: localIssuer(baseUrl, tenantId),
      aud: AUDIENCE,
      sub: applicationId,
      appid: applicationId,
      azp: applicationId,
      tid: tenantId,
      roles: roles ?? ALL_PERMISSIONS.map(([name]) => name),
      ...(parseGuid(tenant) === undefined && { [ANY_TENANT]: true }),
    }
    return key.sign(claims, ACCESS_TOKEN_SECONDS, this.#now())
  }

  /**
   * @throws GraphError 401 with what is wrong with the token, 403 for a token of a signed-in user, 503 when the keys of its
   * issuer can't be had
   */
  async verify(authorization: string | null): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (!token) throw unauthenticated('The Authorization header must be: Bearer, a space, and an access token.')
    if (token.length > MAX_TOKEN_LENGTH) {
      throw unauthenticated(`The access token is longer than ${MAX_TOKEN_LENGTH} characters.`)
    }
    const { payload, isLocal } = await this.#check(token)
    // Only a user's token has scopes, and Entra ID may say so in words.
    if (payload.scp !== undefined || payload.idtyp === 'user') {
      throw forbidden('A delegated token is not supported; use an application token.')
    }
    const applicationId = parseGuid(String(payload.azp ?? payload.appid ?? ''))
    const tenantId = parseGuid(String(payload.tid ?? ''))
    if (!applicationId || !tenantId) throw unauthenticated('The access token names no application and tenant.')
    const roles = Array.isArray(payload.roles) ? payload.roles.map((role) => String(role).toLowerCase()) : []
    return { applicationId, tenantId, isOfAnyTenant: isLocal && payload[ANY_TENANT] === true, roles: new Set(roles) }
  }

  /** Which issuer a token names decides by whose keys, and for which audience, it must be good. */
  async #check(token: string): Promise<{ payload: JWTPayload; isLocal: boolean }> {
    try {
      const { iss, tid } = decodeJwt(token)
      // It may be anything as yet, whatever the type says.
      const issuer = typeof iss === 'string' ? iss : ''
      const other = this.#others.get(issuer)
      if (other) return { payload: await this.#verify(token, other.key, this.#audiences), isLocal: false }
      if (!this.#keys || !isLocalIssuer(issuer, tid)) throw unauthenticated(this.#expectedIssuer())
      const keys = createLocalJWKSet({ keys: await this.#keys.published(this.#now()) })
      return { payload: await this.#verify(token, keys, [AUDIENCE]), isLocal: true }
    } catch (error) {
      if (error instanceof errors.JOSEError) throw unauthenticated(wording(error))
      throw error
    }
  }

  async #verify(token: string, key: JWTVerifyGetKey, audiences: readonly string[]): Promise<JWTPayload> {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      audience: [...audiences],
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(this.#now()),
    })
    return payload
  }

  #expectedIssuer(): string {
    const others = [...this.#others.keys()].join(', ')
    const accepted = others ? `Accepted here: ${others}.` : 'Fetch one here: POST /{tenant}/oauth2/v2.0/token.'
    return `The access token is not valid here: its issuer is not accepted. ${accepted}`
  }
}

/** What is wrong with a token, as far as its bearer may know, who may be anybody. */
function wording(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The access token has expired.'
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined
  if (claim === 'nbf') return 'The access token is not valid here: not yet (nbf).'
  if (claim === 'aud') return 'The access token is not valid here: it is made out to another audience (aud).'
  return 'The access token is not valid here: it is foreign, damaged, or not made for this service.'
}
