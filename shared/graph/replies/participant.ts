import * as z from 'zod'
import { MODALITIES, RECORDING_STATUSES } from '../../calls/resources.js'
import { appEntity, appId, appParticipantInfo, context, id, identitySet, participantInfo, typed } from './types.js'

const streamShape = {
  mediaType: z.enum(MODALITIES),
  label: z.string(),
  sourceId: z.string(),
  direction: z.enum(['sendReceive', 'sendOnly', 'receiveOnly']),
  serverMuted: z.boolean(),
}
const recordingInfo = typed('recordingInfo', {
  recordingStatus: z.enum(RECORDING_STATUSES),
  initiator: identitySet,
})
const participantShape = {
  '@odata.id': z.string(),
  id,
  info: participantInfo,
  isMuted: z.boolean(),
  isInLobby: z.boolean(),
  mediaStreams: z.array(typed('mediaStream', streamShape)),
  metadata: z.string().nullish(),
  recordingInfo: recordingInfo.nullish(),
}
const participant = typed('participant', { ...context, ...participantShape })

const appRecordingInfo = typed(
  'recordingInfo',
  { status: z.enum(['notRecording', 'startedRecording']), initiatedBy: appParticipantInfo },
  'appRecordingInfo',
)
const appParticipantShape = {
  ...appEntity,
  info: appParticipantInfo,
  mediaStreams: z.array(z.object(streamShape).meta({ id: 'appMediaStream' })),
  metadata: z.string().optional(),
  recordingInfo: appRecordingInfo.optional(),
}
const appParticipant = typed(
  'participant',
  { ...appParticipantShape, id: appId, isMuted: z.boolean(), isInLobby: z.boolean() },
  'appParticipant',
)

/** Replies with a participant. */
export const participantSchemas = { app: appParticipant, communications: participant }

/** Replies with all participants. */
export const participantListSchemas = {
  app: z.object({ value: z.array(appParticipant) }),
  communications: z.object({ ...context, value: z.array(participant) }),
}

const removedState = typed('removedState', { reason: z.string() })
const deltaParticipant = typed(
  'participant',
  { ...participantShape, rosterSequenceNumber: z.int(), removedState: removedState.optional() },
  'deltaParticipant',
)

/** What a notification says about the roster: all participants, or what has changed. */
export const rosterChange = {
  app: z.array(
    typed(
      'participant',
      { ...appParticipantShape, isMuted: z.literal(true).optional(), isInLobby: z.literal(true).optional() },
      'appRosterEntry',
    ),
  ),
  communications: z.union([
    z.array(participant),
    z.array(typed('deltaParticipants', { sequenceNumber: z.int(), participants: z.array(deltaParticipant) })),
  ]),
}
