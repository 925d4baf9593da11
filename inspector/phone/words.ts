import type { Identity } from '../../shared/calls/resources.js'
import type { PersonOfCall, PhoneCall } from '../../shared/inspection/views.js'

// The states of calls and people in words.

/** A state is told by a glyph, a word and a color. */
export const STATE_GLYPHS: Readonly<Record<PhoneCall['state'] | PersonOfCall['state'], string>> = {
  calling: '…',
  ringing: '◉',
  inLobby: '○',
  inCall: '●',
  onHold: '‖',
  left: '○',
}

export const nameIdentity = ({ displayName, id }: Identity): string => displayName || id

export function describePhoneCall({ state, botName, isMuted }: PhoneCall): string {
  switch (state) {
    case 'calling':
      return `Calling ${botName}`
    case 'ringing':
      return `${botName} is calling`
    case 'inLobby':
      return 'Waiting in the lobby'
    case 'onHold':
      return 'On hold'
    case 'inCall':
      return isMuted ? 'In the call, muted' : 'In the call'
  }
}

export function describePerson({ state, isMuted, isSharing, isOnHold }: PersonOfCall): string {
  if (state === 'ringing') return 'ringing'
  if (state === 'inLobby') return 'in the lobby'
  if (state === 'calling') return 'calling'
  const details = [isOnHold && 'on hold', isMuted && 'muted', isSharing && 'sharing'].filter(Boolean)
  return ['in the call', ...details].join(', ')
}

/** The part of an id or URI that a line has room for. Its middle is left out, because its ends tell more. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text
  const end = Math.floor((length - 1) / 2)
  return `${text.slice(0, length - 1 - end)}…${text.slice(-end)}`
}

export const joinNames = (people: readonly Identity[]): string => people.map(nameIdentity).join(', ')

/** Says why the microphone cannot be used, and what helps. `name` is that of a DOMException of getUserMedia. */
export function describeMicrophoneFailure(name: string): string {
  if (name === 'NotAllowedError') return 'The browser does not allow the microphone. Send a tone or a file instead.'
  if (name === 'NotFoundError') return 'There is no microphone. Send a tone or a file instead.'
  return `The microphone does not work (${name}). Send a tone or a file instead.`
}
