import * as z from 'zod'
import { anyCase, renamed } from './parse.js'
import { chatInfo, guid, mediaConfig, meetingInfo, modalities, noneTwice, participantInfo } from './types.js'

/** Graph: a group call starts with at most this many people. */
const MAX_TARGETS = 5
/** Graph: call, ringingTimeoutInSeconds. */
const MAX_RINGING_SECONDS = 115
/** Teams cuts subjects at 255; nothing longer is of use to anybody. */
const MAX_SUBJECT = 1024

/** POST .../calls: one target, several, or a meeting. */
export const createBody = renamed(
  { callback: 'callbackUri' },
  z
    .object({
      callbackUri: z.string(),
      source: participantInfo.optional(),
      targets: z.array(participantInfo).max(MAX_TARGETS).check(noneTwice).default([]),
      requestedModalities: modalities.optional(),
      mediaConfig: mediaConfig.optional(),
      chatInfo: chatInfo.optional(),
      meetingInfo: meetingInfo.optional(),
      subject: z.string().max(MAX_SUBJECT).optional(),
      tenantId: guid.optional(),
      ringingTimeoutInSeconds: z.int().min(1).max(MAX_RINGING_SECONDS).optional(),
      // Accepted as in 2019, checked, and without effect.
      targetDisposition: anyCase(['default', 'simultaneousRing', 'forward']).optional(),
    })
    .check(({ value, issues }) => {
      const problem = (property: string, message: string) =>
        issues.push({ code: 'custom', input: value, path: [property], message })
      const { targets, meetingInfo: meeting, requestedModalities } = value
      if (targets.length === 0 && !meeting) problem('targets', 'is required: whom to call, or else meetingInfo to join')
      if (targets.length > 0 && meeting) problem('targets', 'must not be given together with meetingInfo')
      if (meeting?.type === 'organizer' && !value.chatInfo) problem('chatInfo', 'is required to join this meeting')
      // A bot that only moves somebody into a meeting joins it without media.
      const withoutMedia = meeting !== undefined && !requestedModalities?.length
      if (!value.mediaConfig && !withoutMedia) problem('mediaConfig', 'is required')
    }),
)
export type CreateBody = z.infer<typeof createBody>
