import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeServerCertificate } from '../../local-host/certificates.js'

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-certificates-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'made on first use')
}

const modeOf = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)

test('the first use makes an authority and a certificate, and only their owner can read the secrets', async () => {
  const directory = await newDirectory()
  const { caFile, cert, key } = await makeServerCertificate(directory, [])

  expect((await readdir(directory)).toSorted()).toEqual(['ca.crt', 'ca.pem', 'server.crt', 'server.key'])
  expect(caFile).toBe(join(directory, 'ca.crt'))
  for (const secret of ['ca.pem', 'server.key']) expect(await modeOf(join(directory, secret))).toBe('600')
  expect(await readFile(join(directory, 'server.crt'), 'utf8')).toBe(cert)
  expect(await readFile(join(directory, 'server.key'), 'utf8')).toBe(key)
  expect(await readFile(caFile, 'utf8')).not.toContain('PRIVATE')
})

test('the certificate is for this machine and the given names, and signed by the authority', async () => {
  const given = await makeServerCertificate(await newDirectory(), ['graph.microsoft.com', '10.0.0.5'])
  const [cert, ca] = [new X509Certificate(given.cert), new X509Certificate(given.ca)]

  for (const name of ['localhost', 'graph.microsoft.com']) expect(cert.checkHost(name)).toBe(name)
  for (const address of ['127.0.0.1', '::1', '10.0.0.5']) expect(cert.checkIP(address)).toBe(address)
  expect(cert.checkHost('login.microsoftonline.com')).toBeUndefined()
  expect([ca.ca, cert.ca]).toEqual([true, false])
  expect(cert.checkIssued(ca) && cert.verify(ca.publicKey) && ca.verify(ca.publicKey)).toBe(true)
  const days = (Date.parse(cert.validTo) - Date.now()) / 86_400_000
  expect(days).toBeGreaterThan(390)
  expect(days).toBeLessThan(398)
})

test('the authority stays, so that it is trusted once; the certificate is made anew for other names', async () => {
  const directory = await newDirectory()
  const first = await makeServerCertificate(directory, [])
  const second = await makeServerCertificate(directory, ['graph.microsoft.com'])

  expect(second.ca).toBe(first.ca)
  expect(new X509Certificate(first.cert).checkHost('graph.microsoft.com')).toBeUndefined()
  expect(new X509Certificate(second.cert).checkHost('graph.microsoft.com')).toBe('graph.microsoft.com')
})

test('a directory that cannot be written is an error that names it', async () => {
  await expect(makeServerCertificate('/dev/null/keys', [])).rejects.toThrow('/dev/null/keys')
})
