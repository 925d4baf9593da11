import * as z from 'zod'
import { caseInsensitiveEnum, withAliases } from './parse.js'
import {
  callOptions,
  chatInfo,
  guid,
  mediaConfig,
  meetingInfo,
  modalities,
  participantInfo,
  TARGET_DISPOSITIONS,
  text,
  uniqueParticipants,
} from './types.js'

/** Graph: a group call starts with at most this many targets. */
const MAX_TARGETS = 5
/** Graph: call, ringingTimeoutInSeconds. */
const MAX_RINGING_SECONDS = 115

/** POST .../calls: one target, several targets, or a meeting. */
export const createBody = withAliases(
  { callback: 'callbackUri' },
  z
    .object({
      callbackUri: z.string(),
      source: participantInfo.optional(),
      targets: z.array(participantInfo).max(MAX_TARGETS).check(uniqueParticipants).default([]),
      requestedModalities: modalities.optional(),
      mediaConfig: mediaConfig.optional(),
      chatInfo: chatInfo.optional(),
      callOptions,
      meetingInfo: meetingInfo.optional(),
      // Teams cuts a subject at 255 characters, so the general limit is enough.
      subject: text.optional(),
      tenantId: guid.optional(),
      ringingTimeoutInSeconds: z.int().min(1).max(MAX_RINGING_SECONDS).optional(),
      // Validated but without effect: it changes nothing about a simulated person.
      targetDisposition: caseInsensitiveEnum(TARGET_DISPOSITIONS).optional(),
    })
    .check(({ value, issues }) => {
      const addIssue = (property: string, message: string) =>
        issues.push({ code: 'custom', input: value, path: [property], message })
      const { targets, meetingInfo: meeting, requestedModalities } = value
      if (targets.length === 0 && !meeting)
        addIssue('targets', 'is required, unless meetingInfo names a meeting to join')
      if (targets.length > 0 && meeting) addIssue('targets', 'must not be given together with meetingInfo')
      if (meeting?.type === 'organizer' && !value.chatInfo) addIssue('chatInfo', 'is required to join this meeting')
      // A bot that joins a meeting only to move a participant into it needs no media.
      const isJoinWithoutMedia = meeting !== undefined && !requestedModalities?.length
      if (!value.mediaConfig && !isJoinWithoutMedia) addIssue('mediaConfig', 'is required')
    }),
)
export type CreateBody = z.infer<typeof createBody>
