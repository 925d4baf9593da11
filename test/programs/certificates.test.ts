import { execFile } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { makeServerCertificate } from '../../hosting/certificates.js'
import { canRun } from '../support/processes.js'

const run = promisify(execFile)

/** Returns a directory that does not exist yet. */
async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-certificates-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'created on first use')
}

const readMode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8)

test('the first use creates an authority and a certificate, and only the owner can read the secrets', async () => {
  const directory = await newDirectory()
  const { caFile, cert, key } = await makeServerCertificate(directory, [])

  expect((await readdir(directory)).toSorted()).toEqual(['ca.crt', 'ca.pem', 'server.crt', 'server.key'])
  expect(caFile).toBe(join(directory, 'ca.crt'))
  for (const secret of ['ca.pem', 'server.key']) expect(await readMode(join(directory, secret))).toBe('600')
  expect(await readFile(join(directory, 'server.crt'), 'utf8')).toBe(cert)
  expect(await readFile(join(directory, 'server.key'), 'utf8')).toBe(key)
  expect(await readFile(caFile, 'utf8')).not.toContain('PRIVATE')
})

test('the certificate is valid for this machine and the given names, and signed by the authority', async () => {
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

test('the authority is kept, and a new certificate is issued for other names', async () => {
  const directory = await newDirectory()
  const first = await makeServerCertificate(directory, [])
  const second = await makeServerCertificate(directory, ['graph.microsoft.com'])

  expect(second.ca).toBe(first.ca)
  expect(new X509Certificate(first.cert).checkHost('graph.microsoft.com')).toBeUndefined()
  expect(new X509Certificate(second.cert).checkHost('graph.microsoft.com')).toBe('graph.microsoft.com')
})

test('the server key is kept, so that it fits the certificates of every start', async () => {
  const directory = await newDirectory()
  const first = await makeServerCertificate(directory, [])
  const second = await makeServerCertificate(directory, ['graph.microsoft.com'])

  expect(second.key).toBe(first.key)
  expect(new X509Certificate(second.cert).checkPrivateKey(createPrivateKey(second.key))).toBe(true)
})

test('processes that start at the same time use the same authority and the same key', async () => {
  const directory = await newDirectory()
  const script = `
    import { makeServerCertificate } from ${JSON.stringify(pathToFileURL('dist/hosting/certificates.js').href)}
    const { ca, key } = await makeServerCertificate(${JSON.stringify(directory)}, [])
    console.log(ca, key)`
  const load = async () => (await run(process.execPath, ['--input-type=module', '-e', script])).stdout
  const [first, ...others] = await Promise.all([load(), load(), load()])

  expect(others).toEqual([first, first])
})

test.skipIf(!canRun('openssl', 'version'))('OpenSSL accepts the certificate in its strict mode', async () => {
  const cwd = await newDirectory()
  await makeServerCertificate(cwd, ['graph.microsoft.com'])

  for (const check of [
    ['-verify_hostname', 'graph.microsoft.com'],
    ['-verify_ip', '::1'],
  ]) {
    const args = ['verify', '-x509_strict', '-purpose', 'sslserver', ...check, '-CAfile', 'ca.crt', 'server.crt']
    expect((await run('openssl', args, { cwd })).stdout).toBe('server.crt: OK\n')
  }
})

test('the error for a directory that cannot be written names it', async () => {
  await expect(makeServerCertificate('/dev/null/keys', [])).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('Cannot keep certificates in /dev/null/keys.'),
  })
})

test.each(['ca.pem', 'server.key'])('the error for a damaged %s names the file', async (name) => {
  const directory = await newDirectory()
  await makeServerCertificate(directory, [])
  await writeFile(join(directory, name), 'damaged')
  await expect(makeServerCertificate(directory, [])).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(`${join(directory, name)} is damaged`),
  })
})
