import { generateKeyPair, randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import forge from 'node-forge'

const { pki } = forge
const KEY_BITS = 2048
const CA_DAYS = 3650
/** Apple's systems take no certificate of a server that is valid for longer (support.apple.com/103769). */
const SERVER_DAYS = 397
const DAY_MS = 86_400_000
/** Clocks differ; and a certificate that was valid yesterday is as good. */
const BACKDATE_MS = DAY_MS
const OWNER_ONLY = 0o600
const EVERYBODY = 0o644
const CERTIFICATE = '-----BEGIN CERTIFICATE-----'
const ALWAYS = ['localhost', '127.0.0.1', '::1']

export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  /** The certificate of the authority, which clients must trust, and the file that it is in. */
  readonly ca: string
  readonly caFile: string
}

interface Pair {
  readonly key: forge.pki.rsa.PrivateKey
  readonly cert: forge.pki.Certificate
}

/**
 * A certificate for this machine and the given names, made anew, of an authority that is made on first use and then stays, so
 * that it has to be trusted once. All of it is in `directory`: ca.crt and server.crt, server.key, ca.pem with the secret. The key
 * of the certificate stays too: a bot may serve with the same files, and must not read a key and a certificate of two starts.
 */
export async function makeServerCertificate(directory: string, names: readonly string[]): Promise<ServerCertificate> {
  await mkdir(directory, { recursive: true })
  const authority = await loadAuthority(join(directory, 'ca.pem'))
  const key = await keep(join(directory, 'server.key'), newKey)
  const cert = toPem(issue([...new Set([...ALWAYS, ...names])], key, authority))
  const ca = toPem(authority.cert)
  await replace(join(directory, 'server.crt'), cert)
  await replace(join(directory, 'ca.crt'), ca)
  return { key, cert, ca, caFile: resolve(directory, 'ca.crt') }
}

/** From here on this process takes what the authority has signed, besides what it takes anyway. */
export function trust({ ca }: ServerCertificate): void {
  setDefaultCACertificates([...getCACertificates('default'), ca])
}

const toPem = (cert: forge.pki.Certificate) => pki.certificateToPem(cert).replaceAll('\r', '')

/** Key and certificate are in one file, which is there as a whole or not at all. */
async function loadAuthority(file: string): Promise<Pair> {
  const text = await keep(file, newAuthority)
  return { key: pki.privateKeyFromPem(text), cert: pki.certificateFromPem(text.slice(text.indexOf(CERTIFICATE))) }
}

async function newAuthority(): Promise<string> {
  const key = await newKey()
  const cert = newCertificate('Ringback local authority', CA_DAYS, key)
  cert.setIssuer(cert.subject.attributes)
  cert.setExtensions([
    { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    { name: 'subjectKeyIdentifier' },
  ])
  cert.sign(pki.privateKeyFromPem(key), forge.md.sha256.create())
  return key + toPem(cert)
}

function issue(names: readonly string[], key: string, authority: Pair): forge.pki.Certificate {
  const cert = newCertificate('localhost', SERVER_DAYS, key)
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

/** Node.js makes it, a hundred times faster than JavaScript does. */
async function newKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
}

function newCertificate(commonName: string, days: number, key: string): forge.pki.Certificate {
  const { n, e } = pki.privateKeyFromPem(key)
  const cert = pki.createCertificate()
  cert.publicKey = pki.setRsaPublicKey(n, e)
  // Positive, as RFC 5280 wants it: the first bit is not set.
  cert.serialNumber = `01${randomBytes(15).toString('hex')}`
  cert.validity.notBefore = new Date(Date.now() - BACKDATE_MS)
  cert.validity.notAfter = new Date(Date.now() - BACKDATE_MS + days * DAY_MS)
  cert.setSubject([{ name: 'commonName', value: commonName }])
  return cert
}

async function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/** The text of a secret file, made on first use. Of two who make it at once, both use the first. */
async function keep(file: string, make: () => Promise<string>): Promise<string> {
  return (await read(file)) ?? (await create(file, await make()))
}

async function create(file: string, text: string): Promise<string> {
  const draft = await writeDraft(file, text, OWNER_ONLY)
  try {
    await link(draft, file)
    return text
  } catch (error) {
    const other = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await read(file) : undefined
    if (other) return other
    throw error
  } finally {
    await unlink(draft)
  }
}

async function replace(file: string, text: string): Promise<void> {
  await rename(await writeDraft(file, text, EVERYBODY), file)
}

/** It has its name only when it is whole. */
async function writeDraft(file: string, text: string, mode: number): Promise<string> {
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text, { mode })
  return draft
}
