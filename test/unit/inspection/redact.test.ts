import { expect, test } from 'vitest'
import { redactText, toLoggedBody, toLoggedMessage } from '../../../shared/inspection/redact.js'

const JWT = `eyJhbGciOiJSUzI1NiJ9.${'eyJzdWIiOiJ4In0'}.${'signature_-x'}`

test.each([
  ['a token reply', `{"token_type":"Bearer","access_token":"${JWT}"}`, 'signature'],
  ['the access token of a recording', '{"recordingAccessToken": "s3cret"}', 's3cret'],
  ['a client secret in a form', 'grant_type=client_credentials&client_secret=s3cret&scope=x', 's3cret'],
  ['a code in a form', 'code=s3cret&grant_type=authorization_code', 's3cret'],
  ['the key of a function in an address', '{"callbackUri":"https://bot.example/api?code=s3cret&x=1"}', 's3cret'],
  ['a shared access signature', 'https://a.blob.example/b?sv=1&sig=s3cret%3D', 's3cret'],
  ['a token in a text', `the token ${JWT} is not valid`, 'signature'],
  ['a secret with an escaped quotation mark', '{"password":"one\\"s3cret"}', 's3cret'],
  ['the passcode of a meeting', '{"passcode" : "s3cret"}', 's3cret'],
])('%s is removed', (_, text, secret) => {
  const redacted = redactText(text)
  expect(redacted).not.toContain(secret)
  expect(redacted).toContain('(removed)')
})

test.each([
  '{"resultInfo":{"code":500,"subcode":0,"message":"x"}}',
  '{"error":{"code":"7507","message":"The code is wrong."}}',
  '{"toneInfo":{"sequenceId":1,"tone":"tone1"}}',
  'the keyboard has keys',
])('%s is kept', (text) => {
  expect(redactText(text)).toBe(text)
})

test('a body over 64 KiB is cut, and its size is kept', () => {
  const body = toLoggedBody('x'.repeat(70_000))
  expect(body).toMatchObject({ bytes: 70_000, isCut: true })
  expect(body.text).toHaveLength(64 * 1024)
  expect(toLoggedBody('short')).toEqual({ text: 'short', bytes: 5 })
})

test.each([
  ['System.Text.Json escapes the ampersand', '{"callbackUri":"https://b.example/api?a=1\\u0026code=s3cret"}'],
  ['the recording token of the 2019 API', '{"recordResourceAccessToken":"s3cret"}'],
  ['a body that is cut within a secret', '{"client_id":"x","client_secret":"s3cret and m'],
  ['names in camel case', '{"clientSecret":"s3cret","accessToken":"s3cret","apiKey":"s3cret"}'],
  ['a parameter behind a semicolon', 'https://b.example/api;code=s3cret'],
  ['the passcode of a short join URL', 'https://teams.live.example/meet/123?p=s3cret'],
  ['a subscription key', 'https://b.example/api?subscription-key=s3cret'],
  ['a token that is cut', 'eyJhbGciOiJSUzI1NiJ9.eyJzM2NyZXQ'],
])('%s: the secret is removed', (_, text) => {
  const redacted = redactText(text)
  expect(redacted).not.toMatch(/s3cret|eyJ/)
  expect(redacted).toContain('(removed)')
})

test('a text that looks like many tokens takes no longer than others', () => {
  const before = process.cpuUsage()
  redactText('-eyJaaaaaaaaa'.repeat(5_000))
  // It takes 2 ms; a search that begins again at each place takes a second.
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
})

test('a secret in another header is removed, too', () => {
  const headers = [
    ['referer', 'https://b.example/?code=s3cret'],
    ['x-ms-token-aad-access-token', 's3cret'],
    ['x-api-key', 's3cret'],
  ] as const
  expect(JSON.stringify(toLoggedMessage(headers))).not.toContain('s3cret')
})

test('the value of a header with a secret is removed', () => {
  const headers = [
    ['Authorization', `Bearer ${JWT}`],
    ['cookie', 'a=b'],
    ['content-type', 'application/json'],
  ] as const
  expect(toLoggedMessage(headers)).toEqual({
    headers: { Authorization: 'Bearer (removed)', cookie: '(removed)', 'content-type': 'application/json' },
  })
})
