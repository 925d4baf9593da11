import { once } from 'node:events'
import { isIP } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import type { UrlPolicy } from './httpClient.js'

/** How long a server may take to show its certificate. */
const TIMEOUT_MS = 2_000
const DEFAULT_PORT = 443

/** Which certificate it is: the names, and the dates as days. */
export interface Certificate {
  readonly subject: string
  readonly issuer: string
  readonly validFrom: string
  readonly validTo: string
}

/** Reads the certificate of the server at a callback URL; undefined when there is none. */
export type ReadCertificate = (url: string) => Promise<Certificate | undefined>

/** @param policy checks the connection as those of notifications are checked */
export function createReadCertificate(policy: UrlPolicy): ReadCertificate {
  return async (url) => {
    if (policy.findProblem(url) !== undefined) return undefined
    const { hostname, port } = new URL(policy.rewrite(url))
    const host = hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(port) || DEFAULT_PORT,
      lookup: policy.lookup,
      ...(isIP(host) === 0 && { servername: host }),
      // The certificate is already known to be refused. Nothing is sent over this connection.
      rejectUnauthorized: false,
    })
    try {
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) })
      return describeCertificate(socket.getPeerCertificate())
    } catch {
      return undefined
    } finally {
      socket.destroy()
    }
  }
}

function describeCertificate({ subject, issuer, valid_from, valid_to }: PeerCertificate): Certificate | undefined {
  if (!subject) return undefined
  const day = (text: string) => new Date(text).toISOString().slice(0, 'yyyy-mm-dd'.length)
  return { subject: nameOf(subject), issuer: nameOf(issuer), validFrom: day(valid_from), validTo: day(valid_to) }
}

/** A certificate of an authority may have an organization only, and one for many names may have neither. */
const nameOf = ({ CN, O }: PeerCertificate['subject']): string => [CN ?? O ?? []].flat().join(', ') || 'no name'
