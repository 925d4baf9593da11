import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import { NIL, v5 } from 'uuid'
import { forbidden, unauthenticated } from '../graph/errors.js'
import { parseGuid } from '../graph/ids.js'
import { ALL_PERMISSIONS } from './permissions.js'
import { ALGORITHM, type SigningKey } from './signingKey.js'

/** The application that a request comes from. `roles` are in lower case. */
export interface Caller {
  readonly applicationId: string
  readonly tenantId: string
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

export interface AccessTokenRequest {
  /** Where the issuer was asked, without a slash at the end. */
  readonly baseUrl: string
  readonly applicationId: string
  readonly tenantId: string
  /** Absent: every role there is. */
  readonly roles?: readonly string[] | undefined
  /** What the token is asked for, where the request says it. The token is good for Graph, whatever that is. */
  readonly resource?: string | undefined
}

/** Issues and verifies the tokens of the local issuer. Without a key nobody is let in. */
export class AccessTokens {
  readonly #key: () => Promise<SigningKey> | undefined
  readonly #now: () => number

  constructor(key: () => Promise<SigningKey> | undefined, now: () => number) {
    this.#key = key
    this.#now = now
  }

  async issue({ baseUrl, applicationId, tenantId, roles }: AccessTokenRequest): Promise<string> {
    const key = await this.#key()
    if (!key) throw new Error('the local issuer is off')
    const claims = {
      iss: localIssuer(baseUrl, tenantId),
      aud: AUDIENCE,
      sub: applicationId,
      appid: applicationId,
      azp: applicationId,
      tid: tenantId,
      roles: roles ?? ALL_PERMISSIONS.map(([name]) => name),
    }
    return key.sign(claims, ACCESS_TOKEN_SECONDS, this.#now())
  }

  /** @throws GraphError 401 with what is wrong with the token, 403 for a token of a signed-in user */
  async verify(authorization: string | null): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
    if (!token) throw unauthenticated('The Authorization header must be: Bearer, a space, and an access token.')
    const payload = await this.#check(token)
    if (payload.scp !== undefined) throw forbidden('A delegated token is not supported; use an application token.')
    const applicationId = parseGuid(String(payload.azp ?? payload.appid ?? ''))
    const tenantId = parseGuid(String(payload.tid ?? ''))
    if (!applicationId || !tenantId) throw unauthenticated('The access token names no application and tenant.')
    const roles = Array.isArray(payload.roles) ? payload.roles.map((role) => String(role).toLowerCase()) : []
    return { applicationId, tenantId, roles: new Set(roles) }
  }

  async #check(token: string): Promise<JWTPayload> {
    const key = await this.#key()
    if (!key) throw unauthenticated('No issuer of access tokens is configured.')
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [key.publicJwk] }), {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(this.#now()),
      })
      if (!isLocalIssuer(payload.iss, payload.tid)) throw new errors.JWTClaimValidationFailed('iss', payload)
      return payload
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw unauthenticated('The access token has expired.')
      if (error instanceof errors.JOSEError) {
        throw unauthenticated(
          'The access token is not valid here: it is foreign, damaged, or not made for this service.',
        )
      }
      throw error
    }
  }
}
