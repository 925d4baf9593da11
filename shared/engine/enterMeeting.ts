import type { CreationCommand } from '../calls/commands.js'
import type { Identity } from '../calls/resources.js'
import { meetingOfJoinMeetingId } from '../simulator/onlineMeetings.js'
import type { CallIndex } from '../storage/callIndex.js'
import type { MeetingStore } from '../storage/meetingStore.js'
import type { IndexRow } from '../storage/records.js'

interface EnterMeetingDependencies {
  readonly callIndex: CallIndex
  readonly meetings: Pick<MeetingStore, 'read'>
}

/**
 * Adds a new call to the index of its meeting, and returns the other calls in it. Of two calls that enter at the same
 * time, at least one finds the other, because each is added before it looks. Calls of one application do not meet until
 * another application enters: so tests of a bot can use the same meeting at the same time.
 */
export async function enterMeeting(
  deps: EnterMeetingDependencies,
  command: CreationCommand,
  createdAt: number,
): Promise<{ peers: readonly string[]; indexRows: readonly IndexRow[] }> {
  const { callIndex } = deps
  const { id: callId, applicationId } = command
  const meeting = await identifyMeeting(deps, command)
  if (meeting === undefined) return { peers: [], indexRows: [] }
  const row = await callIndex.addForMeeting(meeting, { callId, applicationId }, createdAt)
  const calls = await callIndex.listCallsOfMeeting(meeting)
  const isShared = calls.some((other) => other.applicationId !== applicationId)
  const peers = isShared ? calls.map((other) => other.callId).filter((id) => id !== callId) : []
  return { peers, indexRows: [row] }
}

/**
 * Returns the same text for the calls in a meeting: those with the same tenant, chat thread and organizer. The number of
 * a meeting that was created here leads to its chat and its organizer. Undefined for a call that is in no meeting, or
 * does not say in which.
 */
async function identifyMeeting(
  { meetings }: EnterMeetingDependencies,
  { tenantId, chatInfo, meetingInfo }: CreationCommand,
): Promise<string | undefined> {
  if (!meetingInfo) return undefined
  if (meetingInfo.type !== 'joinMeetingId') {
    const organizer = meetingInfo.type === 'organizer' ? meetingInfo.organizer : undefined
    return chatInfo?.threadId === undefined ? undefined : toText(tenantId, chatInfo.threadId, organizer)
  }
  const { joinMeetingId } = meetingInfo
  const meeting = meetingOfJoinMeetingId(joinMeetingId, { organizerId: '', tenantId, createdAt: 0 })
  if (!meeting) return toText(tenantId, joinMeetingId)
  const stored = await meetings.read(meeting)
  return toText(tenantId, meeting.threadId, stored && { id: stored.record.organizerId })
}

const toText = (tenantId: string, threadId: string, organizer?: Pick<Identity, 'id'>): string =>
  JSON.stringify([tenantId.toLowerCase(), threadId, organizer?.id.toLowerCase() ?? ''])
