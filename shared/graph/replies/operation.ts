import * as z from 'zod'
import type { OperationType } from '../../calls/commands.js'
import { operationResourceOf } from '../dialects/resources.js'
import { appEntity, appId, appInvitation, context, dateTime, id, invitation, resultInfo, typed } from './types.js'

const status = z.enum(['running', 'completed', 'failed'])
const clientContext = z.string().optional()
const mediaPrompt = typed('mediaPrompt', {
  mediaInfo: typed('mediaInfo', { uri: z.string(), resourceId: z.string().optional() }),
  loop: z.int32().optional(),
})
const ODATA_TYPE = { '@odata.type': z.string().regex(/^#microsoft\.graph\.\w+$/) }

const operation = z
  .object({
    ...ODATA_TYPE,
    ...context,
    '@odata.id': z.string(),
    id,
    status,
    clientContext,
    completionReason: z.string().nullish(),
    participants: z.array(invitation).optional(),
    prompts: z.array(mediaPrompt).optional(),
    resultInfo: resultInfo.nullish(),
    recordingLocation: z.string().nullish(),
    recordingAccessToken: z.string().optional(),
  })
  .meta({ id: 'commsOperation' })

/** In the 2019 API, the progress of a transfer is a result with texts. */
const appResult = z.union([resultInfo, z.object({ code: z.string(), subCode: z.string() })])
const appOperationShape = {
  ...ODATA_TYPE,
  ...appEntity,
  id: appId,
  status,
  clientContext,
  completionReason: z.string().optional(),
  participants: z.array(appInvitation).optional(),
  prompts: z.array(mediaPrompt).optional(),
  resultInfo: appResult.optional(),
  recordingLocation: z.string().optional(),
  recordingAccessToken: z.string().optional(),
  recordResourceLocation: z.string().optional(),
  recordResourceAccessToken: z.string().optional(),
}
const times = { createdDateTime: dateTime, lastActionDateTime: dateTime }
const appOperation = z.object({ ...appOperationShape, ...times }).meta({ id: 'appCommsOperation' })
const appBareOperation = z.object({ id: appId, status, ...times, clientContext }).meta({ id: 'appBareOperation' })

/** Replies with an operation. */
export const operationSchemas = { app: appOperation, communications: operation }

/** The replies to an action that starts an operation and answers with it. */
export function actionReplies(type: OperationType) {
  const { status: current, status2019 } = operationResourceOf({ type })
  return { app: { [status2019]: appOperation }, communications: { [current]: operation } }
}

/** The replies to an answer. */
export const answerReplies = { app: { 200: appBareOperation }, communications: { 202: null } }

/** The replies to an invitation. */
export const inviteReplies = { app: { 202: appBareOperation }, communications: { 200: operation } }

/** What a notification says about an operation. */
export const operationChange = {
  app: z.object(appOperationShape).meta({ id: 'appOperationChange' }),
  communications: operation,
}
