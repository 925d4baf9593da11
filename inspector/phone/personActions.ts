import type { CallState } from '../../shared/calls/call.js'
import type { PersonOfCall, PhoneCall } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'

// Which actions of a simulated person fit the state of the person and the call.

export const ACTION_TEXTS: Readonly<Record<PersonAction, string>> = {
  answer: 'Answer',
  decline: 'Decline',
  busy: 'Busy',
  leave: 'Hang up',
  mute: 'Mute',
  unmute: 'Unmute',
  admit: 'Admit',
  refuse: 'Refuse',
  share: 'Share screen',
  unshare: 'Stop sharing',
}

/** The buttons for a person in a call. */
export function listActions({ state, isMuted, isSharing }: PersonOfCall): readonly PersonAction[] {
  switch (state) {
    case 'calling':
      return ['leave']
    case 'ringing':
      return ['answer', 'decline', 'busy']
    case 'inLobby':
      return ['admit', 'refuse', 'leave']
    case 'left':
      return []
    case 'inCall':
      return [isMuted ? 'unmute' : 'mute', isSharing ? 'unshare' : 'share', 'leave']
  }
}

/** The same for an action and its opposite: their button keeps the focus when its text changes. */
export const keyOfButton = (action: PersonAction): string => action.replace(/^un/, '')

/** The states in which people can join, as in the rules of the service. */
const CONNECTED_STATES: readonly CallState[] = ['established', 'transferring']

/** Whether a person can join without an invitation. */
export const allowsJoining = (call: { readonly isGroup: boolean; readonly state: CallState }): boolean =>
  call.isGroup && CONNECTED_STATES.includes(call.state)

/** The buttons of a call on the phone. */
export function listPhoneActions({ state, isMuted }: Pick<PhoneCall, 'state' | 'isMuted'>): readonly PersonAction[] {
  if (state === 'ringing') return ['answer', 'decline']
  if (state === 'inCall' || state === 'onHold') return [isMuted ? 'unmute' : 'mute', 'leave']
  return ['leave']
}
