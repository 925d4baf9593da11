import type { TokenCredential } from '@azure/identity'

let credential: Promise<TokenCredential> | undefined

/**
 * Who this process is on Azure: the managed identity, the user-assigned one of AZURE_CLIENT_ID if that is set. One for all who
 * ask, since it keeps its tokens. The library is loaded when a token is first asked for, because it is large, and a laptop never
 * asks.
 */
export const azureIdentity: TokenCredential = {
  async getToken(scopes, options) {
    credential ??= import('@azure/identity').then(({ DefaultAzureCredential }) => new DefaultAzureCredential())
    return (await credential).getToken(scopes, options)
  },
}
