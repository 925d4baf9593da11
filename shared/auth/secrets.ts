import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether an Authorization header has this secret as its bearer token, compared in constant time. */
export function isBearerOf(secret: string, authorization: string): boolean {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization.trim()) ?? []
  return timingSafeEqual(digest(token), digest(secret))
}

/** Digests have the same length, which timingSafeEqual needs. */
const digest = (text: string) => createHash('sha256').update(text).digest()
