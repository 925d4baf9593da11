import * as z from 'zod'
import { ROUTING_MODES } from '../../calls/resources.js'
import { appEntity, appId, context, id, typed } from './types.js'

// Audio routing groups and content sharing sessions.

const routingMode = z.enum(ROUTING_MODES)
const group = typed('audioRoutingGroup', {
  ...context,
  '@odata.id': z.string(),
  id: z.string(),
  routingMode,
  sources: z.array(id),
  receivers: z.array(id),
})
const appGroup = typed(
  'audioRoutingGroup',
  { ...appEntity, id: z.string(), routingMode, sources: z.array(appId), receivers: z.array(appId) },
  'appAudioRoutingGroup',
)
const session = typed('contentSharingSession', { ...context, id, presenterParticipantId: id })
const appSession = typed(
  'contentSharingSession',
  { ...appEntity, id: appId, presenterParticipantId: appId },
  'appContentSharingSession',
)

const listsOf = (app: z.ZodType, current: z.ZodType) => ({
  app: z.object({ value: z.array(app) }),
  communications: z.object({ ...context, value: z.array(current) }),
})

/** Replies with a group, or with all groups of a call. */
export const groupSchemas = { app: appGroup, communications: group }
export const groupListSchemas = listsOf(appGroup, group)

/** Replies with a content sharing session, or with all sessions of a call. */
export const sessionSchemas = { app: appSession, communications: session }
export const sessionListSchemas = listsOf(appSession, session)

/** What a notification says about content sharing. The 2019 API has no such notification. */
export const sessionChange = z.array(session)
