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
 * Adds a new call to its meeting, and returns the other calls in it. Calls of one application do not meet until another
 * application enters: so tests of a bot can use the same meeting at the same time.
 */
export async function enterMeeting(
  deps: EnterMeetingDependencies,
  { id: callId, applicationId, ...command }: CreationCommand,
): Promise<{ peers: readonly string[]; indexRows: readonly IndexRow[] }> {
  const meeting = await identifyMeeting(deps, command)
  if (meeting === undefined) return { peers: [], indexRows: [] }
  const { row, others } = await deps.callIndex.enterMeeting(meeting, { callId, applicationId })
  const isShared = others.some((other) => other.applicationId !== applicationId)
  return { peers: isShared ? others.map((other) => other.callId) : [], indexRows: [row] }
}

/**
 * Returns the same text for the calls in a meeting: those with the same tenant, chat thread and organizer. The number of
 * a meeting that was created here leads to its chat and its organizer. Undefined for a call that is in no meeting, or
 * does not say in which.
 */
async function identifyMeeting(
  { meetings }: EnterMeetingDependencies,
  { tenantId, chatInfo, meetingInfo }: Pick<CreationCommand, 'tenantId' | 'chatInfo' | 'meetingInfo'>,
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
