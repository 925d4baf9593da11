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

test('the value of a header with a secret is removed', () => {
  const headers = [
    ['Authorization', `Bearer ${JWT}`],
    ['cookie', 'a=b'],
    ['content-type', 'application/json'],
  ] as const
  expect(toLoggedMessage(headers)).toEqual({
    headers: { Authorization: '(removed)', cookie: '(removed)', 'content-type': 'application/json' },
  })
})
