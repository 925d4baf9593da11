import { KeyRing } from '../../shared/auth/keys/keyRing.js'

/** A key for tests that do not read tokens. */
export const newFixedKey = (): KeyRing =>
  new KeyRing(async () => [
    { id: 'key', createdAt: 0, load: async () => ({ publicJwk: {}, sign: async () => 'token' }) },
  ])
