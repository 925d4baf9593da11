import type { Call } from '../../calls/call.js'
import type { DialectName, Participant } from '../../calls/resources.js'
import { app2019 } from './app2019.js'
import { communications } from './communications.js'
import type { Dialect } from './dialect.js'

export const dialects: Readonly<Record<DialectName, Dialect>> = { app: app2019, communications }

/** The roster as the API shows it: a peer-to-peer call has none. */
export const rosterOf = (call: Call, dialect: DialectName): readonly Participant[] =>
  call.isGroup ? dialects[dialect].orderRoster(call) : []
