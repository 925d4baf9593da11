import * as z from 'zod'

// The token endpoints and the metadata of the issuers (RFC 6749, RFC 7517, OpenID Connect Discovery).

const tokens = {
  token_type: z.literal('Bearer'),
  access_token: z.string(),
  id_token: z.string().optional(),
  refresh_token: z.string().optional(),
  scope: z.string().optional(),
}
const oauthError = z.object({ error: z.string(), error_description: z.string() }).meta({ id: 'oauthError' })

/** The form of a token request. Most fields depend on the grant type. */
export const tokenForm = z.object({
  grant_type: z.string(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  scope: z.string().optional(),
  resource: z.string().optional(),
  roles: z.string().optional(),
})

export const tokenReplies = { 200: z.object({ ...tokens, expires_in: z.int() }), 400: oauthError }
/** Version 1 writes numbers as strings. */
export const tokenV1Replies = {
  200: z.object({
    ...tokens,
    expires_in: z.string(),
    expires_on: z.string(),
    not_before: z.string(),
    resource: z.string(),
  }),
  400: oauthError,
}

/** Public keys, in the form of a JWK Set. */
export const keysReply = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })) })

export const issuerReply = z.looseObject({ issuer: z.string(), jwks_uri: z.string() })

/** The query of instance discovery. */
export const discoveryQuery = z.object({ authorization_endpoint: z.string() })

export const discoveryReplies = {
  200: z.object({
    tenant_discovery_endpoint: z.string(),
    'api-version': z.string(),
    metadata: z.array(
      z.object({ preferred_network: z.string(), preferred_cache: z.string(), aliases: z.array(z.string()) }),
    ),
  }),
  400: oauthError,
}
