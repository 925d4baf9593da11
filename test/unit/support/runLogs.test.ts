import { expect, test } from 'vitest'
import { CLIENT_SECRET, findSecrets } from '../../support/runLogs.js'

// Every run checks its logs with findSecrets (runLogs.ts), which must not miss a secret.

test.each([
  ['a JSON Web Token', `token=${['eyJhbGciOiJSUzI1NiJ9', 'eyJpc3MiOiJodHRwczovL3gifQ', 'c2lnbmF0dXJl'].join('.')}`],
  ['an Authorization header', `authorization: ${'Bearer'} abcdefghijklmnopqrstuvwxyz`],
  ['an account key', 'failed with AccountName=x;AccountKey=abc;'],
  ['a client secret', `grant_type=client_credentials&client_secret=${CLIENT_SECRET}`],
  ['a private key', `{"kty":"RSA","d":"${'x'.repeat(300)}"}`],
  ['a private key', '-----BEGIN PRIVATE KEY-----'],
  ['a shared access signature', 'https://x.table.core.windows.net/calls?sv=1&sig=abcdefghijklmnopqrst'],
])('findSecrets finds %s and does not show all of it', (kind, line) => {
  const [secret = '', ...others] = findSecrets(`before\n${line}\nafter`)
  expect(others).toEqual([])
  expect(secret.startsWith(`${kind}: `)).toBe(true)
  expect(secret).not.toContain(line.slice(-12))
})

test('findSecrets finds nothing in an ordinary line', () => {
  const line = 'request name=call-create status=201 ms=12 application=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11 call=x'
  expect(findSecrets(line)).toEqual([])
})
