import type { Announcement, Call, Operation } from '../../calls/call.js'
import type { Participant } from '../../calls/resources.js'
import { app } from './app.js'
import { communications } from './communications.js'

/** What is said back. `location` is a path below the version, such as `/app/calls/ID`. */
export interface Reply {
  readonly status: number
  readonly location?: string
  /** For how long anybody may keep this answer; what does not say so is about one moment. */
  readonly cacheSeconds?: number
  readonly body?: object
}

/** How one era of the API speaks. The core knows none of this. */
export interface Dialect {
  /** Whether an invitation turns a peer-to-peer call into a group call. */
  readonly growsPeerToPeer: boolean
  /** The bodies to POST for an announcement, in order: none where this era says nothing. */
  notifications(announcement: Announcement): readonly object[]
  created(call: Call): Reply
  answered(call: Call, operation: Operation): Reply
  invited(call: Call, operation: Operation): Reply
  /** What every other action answers that has started an operation. */
  operated(call: Call, operation: Operation): Reply
  call(call: Call): object
  participant(call: Call, participant: Participant): object
  operation(call: Call, operation: Operation): object
}

export const dialects = { app, communications } as const satisfies Record<string, Dialect>
export type DialectName = keyof typeof dialects

/** The roster as the API shows it: a peer-to-peer call has none. */
export const rosterOf = (call: Call): readonly Participant[] => (call.group ? call.participants : [])
