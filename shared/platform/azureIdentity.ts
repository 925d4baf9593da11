import type { TokenCredential } from '@azure/identity'

let credential: Promise<TokenCredential> | undefined

/**
 * The identity of this process on Azure: the managed identity, or the user-assigned one of AZURE_CLIENT_ID if that is
 * set. All modules share it, because it caches its tokens. The library is loaded with the first request for a token: it
 * is large, and a laptop never needs a token.
 */
export const azureIdentity: TokenCredential = {
  async getToken(scopes, options) {
    credential ??= import('@azure/identity').then(({ DefaultAzureCredential }) => new DefaultAzureCredential())
    return (await credential).getToken(scopes, options)
  },
}
