import { generateKeyPair, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { explainFileError, UserError } from './userError.js'

const { pki } = forge
const KEY_BITS = 2048
const CA_DAYS = 3650
/** Apple's systems reject a server certificate that is valid for longer (support.apple.com/103769). */
const SERVER_DAYS = 397
const DAY_MS = 86_400_000
/** Certificates are valid from one day ago, because the clocks of client and server differ. */
const BACKDATE_MS = DAY_MS
const OWNER_ONLY = 0o600
const WORLD_READABLE = 0o644
const CERTIFICATE_START = '-----BEGIN CERTIFICATE-----'
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1']

export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  /** The certificate of the authority, which clients must trust, and its file. */
  readonly ca: string
  readonly caFile: string
}

interface CertificateAuthority {
  readonly key: forge.pki.rsa.PrivateKey
  readonly cert: forge.pki.Certificate
}

/**
 * Issues a new certificate for this machine and the given names. Its authority is created on first use and kept, so
 * clients need to trust it only once. `directory` holds ca.crt, server.crt, server.key and ca.pem with the authority's
 * private key. The server key is kept too: a bot may serve with the same files, and must not read a key and a
 * certificate of two different starts.
 * @param option what has set the directory
 * @throws UserError when the directory cannot be written or a file in it is damaged
 */
export async function makeServerCertificate(
  directory: string,
  names: readonly string[],
  option = 'KEYS_DIRECTORY',
): Promise<ServerCertificate> {
  try {
    return await writeServerCertificate(directory, names)
  } catch (error) {
    const problem = `Cannot keep certificates in ${directory}. Set ${option} to a directory that you can write to.`
    return explainFileError(problem)(error as Error)
  }
}

/** Makes this process trust the authority, in addition to those that it already trusts. */
export function trust({ ca }: ServerCertificate): void {
  setDefaultCACertificates([...getCACertificates('default'), ca])
}

async function writeServerCertificate(directory: string, names: readonly string[]): Promise<ServerCertificate> {
  await mkdir(directory, { recursive: true })
  const authority = await loadAuthority(join(directory, 'ca.pem'))
  const keyFile = join(directory, 'server.key')
  const key = await readOrCreateSecret(keyFile, generateKey)
  parsePem(keyFile, () => pki.privateKeyFromPem(key))
  const cert = toPem(issueCertificate([...new Set([...LOCAL_NAMES, ...names])], key, authority))
  const ca = toPem(authority.cert)
  await replaceFile(join(directory, 'server.crt'), cert)
  await replaceFile(join(directory, 'ca.crt'), ca)
  return { key, cert, ca, caFile: resolve(directory, 'ca.crt') }
}

const toPem = (cert: forge.pki.Certificate) => pki.certificateToPem(cert).replaceAll('\r', '')

/** Key and certificate share one file, so that neither exists without the other. */
async function loadAuthority(file: string): Promise<CertificateAuthority> {
  const text = await readOrCreateSecret(file, createAuthority)
  return parsePem(file, () => ({
    key: pki.privateKeyFromPem(text),
    cert: pki.certificateFromPem(text.slice(text.indexOf(CERTIFICATE_START))),
  }))
}

/** @throws UserError when the file does not hold what `parse` expects */
function parsePem<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    const { message } = cause as Error
    throw new UserError(`${file} is damaged (${message}). Delete it: the next start creates a new one.`, { cause })
  }
}

async function createAuthority(): Promise<string> {
  const key = await generateKey()
  const cert = createCertificate('Ringback local authority', CA_DAYS, key)
  cert.setIssuer(cert.subject.attributes)
  cert.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  cert.sign(pki.privateKeyFromPem(key), forge.md.sha256.create())
  return key + toPem(cert)
}

function issueCertificate(
  names: readonly string[],
  key: string,
  authority: CertificateAuthority,
): forge.pki.Certificate {
  const cert = createCertificate('localhost', SERVER_DAYS, key)
  cert.setIssuer(authority.cert.subject.attributes)
  cert.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: authority.cert.generateSubjectKeyIdentifier().getBytes(),
    },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
    },
  ])
  cert.sign(authority.key, forge.md.sha256.create())
  return cert
}

/** Uses the key generation of Node.js, which is a hundred times faster than node-forge's in JavaScript. */
async function generateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
}

function createCertificate(commonName: string, days: number, key: string): forge.pki.Certificate {
  const { n, e } = pki.privateKeyFromPem(key)
  const cert = pki.createCertificate()
  cert.publicKey = pki.setRsaPublicKey(n, e)
  // A serial number is positive (RFC 5280, 4.1.2.2), so its first bit must be 0.
  cert.serialNumber = `01${randomBytes(15).toString('hex')}`
  cert.validity.notBefore = new Date(Date.now() - BACKDATE_MS)
  cert.validity.notAfter = new Date(Date.now() - BACKDATE_MS + days * DAY_MS)
  cert.setSubject([{ name: 'commonName', value: commonName }])
  return cert
}

async function readIfExists(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** Reads a secret file, which is created on first use. If two processes create it at once, both use the first file. */
async function readOrCreateSecret(file: string, createText: () => Promise<string>): Promise<string> {
  return (await readIfExists(file)) ?? (await createSecret(file, await createText()))
}

/** Returns the text of the file: the given text, or another process's if that one was first. */
async function createSecret(file: string, text: string): Promise<string> {
  const draft = await writeDraft(file, text, OWNER_ONLY)
  try {
    await link(draft, file)
    return text
  } catch (error) {
    const existing = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await readIfExists(file) : undefined
    if (existing) return existing
    throw error
  } finally {
    await unlink(draft)
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await rename(await writeDraft(file, text, WORLD_READABLE), file)
}

/** Writes the text under a temporary name, so that the file never exists with only a part of its text. */
async function writeDraft(file: string, text: string, mode: number): Promise<string> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text, { mode })
  return draft
}
