import type { Ending } from './call.js'
import type { ResultInfo } from './resources.js'

/**
 * The result a call ends with. Codes and subcodes are the documented ones of call-delete where there is one; a callee, person
 * or bot, who declines, is busy or forbids has none there, so these carry the SIP status and subcode 0. So does the failed invitation of
 * somebody who was to be moved out of a call and is not in it any more.
 */
export const endings: Readonly<Record<Ending, ResultInfo>> = {
  hungUp: { code: 200, subcode: 7000, message: 'The bot ended the call.' },
  otherSideEnded: { code: 200, subcode: 4521, message: 'The other side ended the call.' },
  everybodyLeft: { code: 200, subcode: 5002, message: 'All other participants have left the call.' },
  nobodyJoined: { code: 200, subcode: 5013, message: 'Nobody joined the call.' },
  replaced: { code: 200, subcode: 7015, message: 'The participant has moved to another call.' },
  notMoved: { code: 481, subcode: 0, message: 'The participant is not in the call to be replaced any more.' },
  notKeptAlive: { code: 408, subcode: 8537, message: 'The bot did not keep the call alive.' },
  missed: { code: 480, subcode: 10076, message: 'The callee could not be reached: the bot did not answer in time.' },
  unanswered: { code: 480, subcode: 10076, message: 'The callee could not be reached.' },
  declined: { code: 603, subcode: 0, message: 'The callee declined the call.' },
  busy: { code: 486, subcode: 0, message: 'The callee is busy.' },
  forbidden: { code: 403, subcode: 0, message: 'The callee does not accept the call.' },
}

/** How a prompt ends that was canceled: the documented codes of a recording that was. */
export const canceled: ResultInfo = { code: 400, subcode: 8508, message: 'The operation was canceled.' }

/** How an operation ends that has done what it was for. */
export const completed: ResultInfo = { code: 200, subcode: 0, message: 'The operation completed.' }
