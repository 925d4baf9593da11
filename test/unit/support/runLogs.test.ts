import { expect, test } from 'vitest'
import { CLIENT_SECRET, secretsIn } from '../../support/runLogs.js'

// That nothing is found in the logs of a run is worth something only if it would be.

test.each([
  ['a JSON Web Token', `token=${['eyJhbGciOiJSUzI1NiJ9', 'eyJpc3MiOiJodHRwczovL3gifQ', 'c2lnbmF0dXJl'].join('.')}`],
  ['an Authorization header', `authorization: ${'Bearer'} abcdefghijklmnopqrstuvwxyz`],
  ['the key of an account', 'failed with AccountName=x;AccountKey=abc;'],
  ['the secret of a client', `grant_type=client_credentials&client_secret=${CLIENT_SECRET}`],
  ['a private key', `{"kty":"RSA","d":"${'x'.repeat(300)}"}`],
  ['a private key', '-----BEGIN PRIVATE KEY-----'],
  ['a shared access signature', 'https://x.table.core.windows.net/calls?sv=1&sig=abcdefghijklmnopqrst'],
])('%s is found, and not shown', (what, line) => {
  const [found = '', ...others] = secretsIn(`before\n${line}\nafter`)
  expect(others).toEqual([])
  expect(found.startsWith(`${what}: `)).toBe(true)
  expect(found).not.toContain(line.slice(-12))
})

test('an ordinary line is ordinary', () => {
  const line = 'request name=call-create status=201 ms=12 application=00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11 call=x'
  expect(secretsIn(line)).toEqual([])
})
