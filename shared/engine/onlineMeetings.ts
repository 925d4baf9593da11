import { type Caller, requireTenant } from '../auth/accessTokens.js'
import { invalidRequest } from '../graph/errors.js'
import type { Clock } from '../platform/clock.js'
import { endOfMeeting, type MeetingDefaults, type OnlineMeeting } from '../simulator/onlineMeetings.js'
import { type MeetingRecord, type MeetingStore, meetingKey } from '../storage/meetingStore.js'
import type { WatchdogStore } from '../storage/watchdogStore.js'

/**
 * How much later than its meeting a watchdog entry is due. The write of the row has ended by then, so the sweep does
 * not remove the entry of a row that is still to come.
 */
const WRITE_MARGIN_MS = 60_000
/** How long a meeting that ends in the far future is stored after its last change. */
const MAX_STORED_MS = 366 * 24 * 60 * 60_000

export interface MeetingDependencies {
  readonly meetings: MeetingStore
  readonly watchdog: WatchdogStore
  readonly clock: Clock
  readonly settings: { readonly RETENTION_MS: number }
}

/** What a body says of a meeting: its organizer, and the properties that are stored. */
export interface MeetingChange {
  readonly organizerId?: string | undefined
  readonly properties: Partial<OnlineMeeting>
}

/**
 * What a request says of a meeting of which only the number is known. The organizer is the user in the path, otherwise
 * the one in the body. An application token has no user, so `me` is the application itself.
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

/** Adds what the caller's tenant has stored of a meeting to what its id, number or join URL says. */
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
 * Stores a new meeting. Two meetings can have the same number, because it is a hash: then the next proposal is used.
 *
 * @param propose returns a meeting with another number for each attempt
 * @returns the meeting that exists with this external id, or the new one
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

/** Stores a proposed meeting, or returns the one that is meant. Returns undefined when its number is taken. */
async function claimMeeting(
  deps: MeetingDependencies,
  meeting: OnlineMeeting,
): Promise<{ meeting: OnlineMeeting; isNew: boolean } | undefined> {
  for (;;) {
    const stored = await deps.meetings.read(meeting)
    if (stored && isSameExternalMeeting(stored.record, meeting)) return { meeting: stored.record, isNew: false }
    if (stored && !hasLostExternalId(stored.record, meeting)) return undefined
    const claimed = { ...meeting, ...stored?.record, externalId: meeting.externalId }
    // After a conflict, another request has written the row.
    if (await writeMeeting(deps, claimed, stored?.etag)) return { meeting: claimed, isNew: !stored }
  }
}

/** Graph identifies a meeting with an external id by its tenant, its organizer and that id. */
const isSameExternalMeeting = (stored: OnlineMeeting, { externalId, organizerId }: OnlineMeeting): boolean =>
  externalId !== undefined &&
  stored.externalId === externalId &&
  stored.organizerId.toLowerCase() === organizerId.toLowerCase()

/** A meeting that was changed after its row had expired is stored again, without its external id. */
const hasLostExternalId = (stored: OnlineMeeting, { externalId, organizerId }: OnlineMeeting): boolean =>
  externalId !== undefined &&
  stored.externalId === undefined &&
  stored.organizerId.toLowerCase() === organizerId.toLowerCase()

/**
 * Stores a change of a meeting, which need not have been stored before.
 *
 * @returns the changed meeting
 * @throws GraphError 403 for a meeting of another tenant, 400 for another organizer than that of the meeting
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
    // After a conflict, another request has changed the meeting: its change stays, and this one is added.
    if (await writeMeeting(deps, changed, stored?.etag)) return changed
  }
}

/** Writes the watchdog entry first: if this host dies after the row was written, the sweep removes it all the same. */
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
