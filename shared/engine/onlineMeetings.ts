import { type Caller, requireTenant } from '../auth/accessTokens.js'
import { invalidRequest } from '../graph/errors.js'
import type { Clock } from '../platform/clock.js'
import { endOfMeeting, type MeetingDefaults, type OnlineMeeting } from '../simulator/onlineMeetings.js'
import { type MeetingRecord, type MeetingStore, meetingKey } from '../storage/meetingStore.js'
import type { WatchdogStore } from '../storage/watchdogStore.js'

/**
 * How long after the expiry of a meeting its watchdog entry is due. By then the write of the row has ended, so the
 * sweep cannot remove the entry before the row exists.
 */
const WRITE_MARGIN_MS = 60_000
/** A meeting that ends later than this after its last change is stored as if it ended then. */
const MAX_STORED_MS = 366 * 24 * 60 * 60_000

export interface MeetingDependencies {
  readonly meetings: MeetingStore
  readonly watchdog: WatchdogStore
  readonly clock: Clock
  readonly settings: { readonly RETENTION_MS: number }
}

/** The properties of a meeting in a request body: the organizer, and those that are stored. */
export interface MeetingChange {
  readonly organizerId?: string | undefined
  readonly properties: Partial<OnlineMeeting>
}

/**
 * Defaults for a meeting that is known by its number only. The organizer is the user in the path, otherwise the one in
 * the body, otherwise the application. `me` is also the application, because an application token has no user.
 */
export const meetingDefaults = (
  { clock }: Pick<MeetingDependencies, 'clock'>,
  { applicationId, tenantId }: Caller,
  userId: string | undefined,
  organizerId = applicationId,
): MeetingDefaults => ({
  organizerId: userId?.toLowerCase() === 'me' ? applicationId : (userId ?? organizerId),
  tenantId,
  createdAt: clock.now(),
})

/**
 * Adds the stored properties of a meeting to those that follow from its id, number or join URL. Only callers of the
 * meeting's tenant get the stored ones.
 */
export async function completeMeeting(
  { meetings }: MeetingDependencies,
  caller: Caller,
  meeting: OnlineMeeting,
): Promise<OnlineMeeting> {
  if (!caller.isForAnyTenant && caller.tenantId !== meeting.tenantId.toLowerCase()) return meeting
  const stored = await meetings.read(meeting)
  return { ...meeting, ...stored?.record }
}

/**
 * Stores a new meeting. Its number is a hash, so another meeting may have it already: then the next proposal is used.
 *
 * @param propose returns a meeting with another number for each attempt
 * @returns the existing meeting with the proposed external id, or the new one
 */
export async function createMeeting(
  deps: MeetingDependencies,
  propose: (attempt: number) => OnlineMeeting,
): Promise<{ meeting: OnlineMeeting; isNew: boolean }> {
  for (let attempt = 0; ; attempt++) {
    const created = await claimMeeting(deps, propose(attempt))
    if (created) return created
  }
}

/**
 * Stores a proposed meeting, or finds the existing one with its external id. Returns undefined when another meeting has
 * its number.
 */
async function claimMeeting(
  deps: MeetingDependencies,
  meeting: OnlineMeeting,
): Promise<{ meeting: OnlineMeeting; isNew: boolean } | undefined> {
  for (;;) {
    const stored = await deps.meetings.read(meeting)
    if (stored && isSameExternalMeeting(stored.record, meeting)) return { meeting: stored.record, isNew: false }
    if (stored && !hasLostExternalId(stored.record, meeting)) return undefined
    const claimed = { ...meeting, ...stored?.record, externalId: meeting.externalId }
    // After a conflict, the row that another request has written is read.
    if (await writeMeeting(deps, claimed, stored?.etag)) return { meeting: claimed, isNew: !stored }
  }
}

/** Graph identifies a meeting with an external id by its tenant, its organizer and that id. */
const isSameExternalMeeting = (stored: OnlineMeeting, { externalId, organizerId }: OnlineMeeting): boolean =>
  externalId !== undefined &&
  stored.externalId === externalId &&
  stored.organizerId.toLowerCase() === organizerId.toLowerCase()

/** A change after the row of a meeting has expired stores the meeting again, without its external id. */
const hasLostExternalId = (stored: OnlineMeeting, { externalId, organizerId }: OnlineMeeting): boolean =>
  externalId !== undefined &&
  stored.externalId === undefined &&
  stored.organizerId.toLowerCase() === organizerId.toLowerCase()

/**
 * Stores a change of a meeting. The meeting need not be stored already.
 *
 * @returns the changed meeting
 * @throws GraphError 403 for a meeting of another tenant, 400 for a change of the organizer
 */
export async function updateMeeting(
  deps: MeetingDependencies,
  caller: Caller,
  meeting: OnlineMeeting,
  { organizerId, properties }: MeetingChange,
): Promise<OnlineMeeting> {
  requireTenant(caller, meeting.tenantId.toLowerCase(), 'The meeting')
  for (;;) {
    const stored = await deps.meetings.read(meeting)
    const current = { ...meeting, ...stored?.record }
    if (organizerId !== undefined && organizerId.toLowerCase() !== current.organizerId.toLowerCase()) {
      throw invalidRequest('participants.organizer: the organizer of a meeting cannot be changed.')
    }
    const changed = { ...current, ...properties }
    // After a conflict, this change is applied to the meeting that another request has written.
    if (await writeMeeting(deps, changed, stored?.etag)) return changed
  }
}

/** Writes the watchdog entry before the row: if this host dies after both, the sweep still removes the row. */
async function writeMeeting(
  { meetings, watchdog, clock, settings }: MeetingDependencies,
  meeting: OnlineMeeting,
  etag: string | undefined,
): Promise<boolean> {
  const now = clock.now()
  const end = Math.min(Math.max(endOfMeeting(meeting), now), now + MAX_STORED_MS)
  const expiresAt = end + settings.RETENTION_MS
  const record: MeetingRecord = { ...meeting, expiresAt }
  await watchdog.add(meetingKey(record), expiresAt + WRITE_MARGIN_MS)
  return meetings.write(record, etag)
}
