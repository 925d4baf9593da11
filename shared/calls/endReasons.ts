import type { EndReason } from './call.js'
import type { OperationStatus, RecordCompletionReason, ResultInfo } from './resources.js'

/**
 * The result of each end reason. Codes and subcodes are those that Graph documents for call-delete. It documents none
 * for a callee (person or bot) who declines, is busy or forbids the call, for a redirected call, and for an invitation
 * that the bot cancels, or that fails because the participant is no longer in the call to be replaced: those results
 * have the SIP status and subcode 0.
 */
export const endReasonResults: Readonly<Record<EndReason, ResultInfo>> = {
  hungUp: { code: 200, subcode: 7000, message: 'The bot ended the call.' },
  otherSideEnded: { code: 200, subcode: 4521, message: 'The other side ended the call.' },
  allLeft: { code: 200, subcode: 5002, message: 'All other participants have left the call.' },
  noneJoined: { code: 200, subcode: 5013, message: 'No participant joined the call.' },
  replaced: { code: 200, subcode: 7015, message: 'The participant has moved to another call.' },
  redirected: { code: 200, subcode: 0, message: 'The call was redirected.' },
  // Graph: call-transfer.
  transferred: { code: 200, subcode: 7015, message: 'GracefulTransferCompleted' },
  notReplaced: { code: 481, subcode: 0, message: 'The participant is no longer in the call to be replaced.' },
  inviteCanceled: { code: 487, subcode: 0, message: 'The bot canceled the invitation.' },
  notKeptAlive: { code: 408, subcode: 8537, message: 'The bot did not keep the call alive.' },
  missed: { code: 480, subcode: 10076, message: 'The callee could not be reached: the bot did not answer in time.' },
  unanswered: { code: 480, subcode: 10076, message: 'The callee could not be reached.' },
  declined: { code: 603, subcode: 0, message: 'The callee declined the call.' },
  busy: { code: 486, subcode: 0, message: 'The callee is busy.' },
  forbidden: { code: 403, subcode: 0, message: 'The callee does not accept the call.' },
}

/** The result of a canceled prompt or recording: the codes that Graph documents for a canceled recording. */
export const CANCELED: ResultInfo = { code: 400, subcode: 8508, message: 'The operation was canceled.' }

/** The results of a transfer that failed, and of a consultative one (Graph: call-transfer). */
export const TRANSFER_FAILED: ResultInfo = { code: 500, subcode: 7000, message: 'The target did not answer.' }
export const CONSULTATION_FAILED: ResultInfo = { code: 500, subcode: 7700, message: 'The target has left its call.' }

/** The result of a successful operation. */
export const COMPLETED: ResultInfo = { code: 200, subcode: 0, message: 'The operation completed.' }

/**
 * How a recording ends for each reason. Graph documents 8515 (call-record) and 8508 (call-cancelMediaProcessing). The
 * others are those of Azure Communication Services, which has the same numbers and takes a silence at the beginning for
 * a failure (Troubleshooting call end response codes; Gather user input with Recognize action).
 */
export const RECORDING_RESULTS: Readonly<
  Record<
    RecordCompletionReason,
    { readonly status: Exclude<OperationStatus, 'running'>; readonly resultInfo: ResultInfo }
  >
> = {
  stopToneDetected: {
    status: 'completed',
    resultInfo: { code: 200, subcode: 8514, message: 'A stop tone ended the recording.' },
  },
  maxRecordDurationReached: {
    status: 'completed',
    resultInfo: { code: 200, subcode: 8515, message: 'The recording reached its maximum duration.' },
  },
  maxSilenceTimeout: {
    status: 'completed',
    resultInfo: { code: 200, subcode: 8509, message: 'The recording ended after the maximum silence.' },
  },
  initialSilenceTimeout: {
    status: 'failed',
    resultInfo: { code: 400, subcode: 8510, message: 'Nothing was said before the initial silence timeout.' },
  },
}
