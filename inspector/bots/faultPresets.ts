import type { Fault } from '../../shared/simulator/faults.js'
import { formatDuration } from '../format.js'

// The faults that the page offers. All others are set with PUT /simulator/faults/{applicationId}.

const ONCE = { times: 1, skip: 0, probability: 1 } as const
const CALLBACK = { ...ONCE, on: 'callback' } as const
const API = { ...ONCE, on: 'api' } as const
/** Long enough to be seen, and shorter than clients wait. */
const DELAY_MS = 2_000

export const PRESETS: readonly Fault[] = [
  ...[503, 500, 429, 404, 401].map((status): Fault => ({ ...CALLBACK, effect: 'status', status })),
  { ...CALLBACK, effect: 'timeout' },
  { ...CALLBACK, effect: 'reset' },
  { ...CALLBACK, effect: 'delay', delayMs: DELAY_MS },
  { ...CALLBACK, effect: 'duplicate' },
  { ...CALLBACK, effect: 'dropAcknowledgement' },
  { ...CALLBACK, effect: 'reorder' },
  { ...CALLBACK, effect: 'expiredToken' },
  { ...CALLBACK, effect: 'wrongSignature' },
  { ...API, effect: 'status', status: 429, after: false },
  { ...API, effect: 'status', status: 503, after: false },
  { ...API, effect: 'status', status: 504, after: true },
  { ...API, effect: 'delay', delayMs: DELAY_MS },
]

/** A fault in the words of its properties, such as `callback status 503` or `api status 504 after the act, answer`. */
export function describeInjectedFault(fault: Fault): string {
  const status = fault.effect === 'status' ? ` ${fault.status}` : ''
  const delay = fault.effect === 'delay' ? ` ${formatDuration(fault.delayMs)}` : ''
  const after = fault.on === 'api' && fault.effect === 'status' && fault.after ? ' after the act' : ''
  const selector = fault.on === 'api' ? fault.request : fault.sequence && `notification ${fault.sequence}`
  return [`${fault.on} ${fault.effect}${status}${delay}${after}`, selector].filter(Boolean).join(', ')
}
