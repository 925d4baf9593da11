import { expect, test } from 'vitest'
import { describeService } from '../../../local-host/banner.js'

test('the text names the URLs and ends with ready', () => {
  const text = describeService('http://127.0.0.1:7071', [], undefined)
  expect(text).toContain('Current API:            POST http://127.0.0.1:7071/v1.0/communications/calls\n')
  expect(text).toContain('2019 API:               POST http://127.0.0.1:7071/beta/app/calls\n')
  expect(text).toMatch(/\nready$/)
})

test('the text starts the sample bot before it registers the bot and calls it', () => {
  const text = describeService('http://127.0.0.1:7071', [], undefined)
  const steps = ['\nnpm run bot\n', '\nTOKEN=$(curl -s', '"dialect":"app"', '/simulator/calls'].map((step) =>
    text.indexOf(step),
  )
  expect(steps).not.toContain(-1)
  expect(steps).toEqual(steps.toSorted((a, b) => a - b))
})

test('the commands use the URL and the certificate authority of the service', () => {
  const text = describeService('https://localhost:8443', [], '/keys/ca.crt')
  expect(text).toContain("\nGRAPH_BASE_URL=https://localhost:8443 NODE_EXTRA_CA_CERTS='/keys/ca.crt' npm run bot\n")
  expect(text).toContain("TOKEN=$(curl --cacert '/keys/ca.crt' -s https://localhost:8443/")
})

test.each([
  ['https://localhost:8443', true],
  ['https://localhost', false],
])('the text for host names at %s advises PORT=443: %s', (baseUrl, isAdvised) => {
  const text = describeService(baseUrl, ['graph.microsoft.com', 'a.example'], '/keys/ca.crt')
  expect(text).toContain('\n  127.0.0.1 graph.microsoft.com a.example\n')
  expect(text.includes('PORT=443')).toBe(isAdvised)
})

test('the text for host names names the proxy, which is for https only', () => {
  const withHttps = describeService('https://localhost:8443', ['a.example'], '/keys/ca.crt')
  expect(withHttps).toContain('\nStart the proxy of docs/clients.md (Bots with hard-coded hosts), or add this line')
  expect(describeService('http://127.0.0.1:7071', ['a.example'], undefined)).not.toContain('proxy')
})
