import { generateKeyPairSync, type KeyObject } from 'node:crypto'

export interface RsaKeyPair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Generating an RSA key takes a tenth of a second and more, so later tests of a file use the keys of earlier tests. */
const unused: RsaKeyPair[] = []

/** A key pair that differs from every other one in use. */
export const takeRsaKeyPair = (): RsaKeyPair => unused.pop() ?? generateKeyPairSync('rsa', { modulusLength: 2048 })

export const releaseRsaKeyPairs = (pairs: readonly RsaKeyPair[]): void => void unused.push(...pairs)
