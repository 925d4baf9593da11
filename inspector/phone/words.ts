import type { Identity } from '../../shared/calls/resources.js'
import type { PersonOfCall, PhoneCall } from '../../shared/inspection/views.js'
import { listMedia, nameOf, PERSON_MARKS } from '../describe.js'

// What the phone and the list of people say.

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

/** The state of a person in words, and that of their media once they are in the call. */
export function describePerson(person: PersonOfCall): string {
  const media = person.state === 'inCall' ? listMedia(person) : []
  return [PERSON_MARKS[person.state].word, ...media].join(', ')
}

export const joinNames = (people: readonly Identity[]): string => people.map(nameOf).join(', ')

/** Says why the microphone cannot be used, and what helps. `name` is that of a DOMException of getUserMedia. */
export function describeMicrophoneFailure(name: string): string {
  if (name === 'NotAllowedError') return 'The browser does not allow the microphone. Send a tone or a file instead.'
  if (name === 'NotFoundError') return 'There is no microphone. Send a tone or a file instead.'
  return `The microphone does not work (${name}). Send a tone or a file instead.`
}
