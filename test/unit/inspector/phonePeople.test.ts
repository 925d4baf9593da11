import { expect, test } from 'vitest'
import { changeKind, FIRST_PERSON, PERSON_KINDS, toIdentitySet } from '../../../inspector/phone/newPerson.js'
import { allowsJoining, keyOfButton, listActions, listPhoneActions } from '../../../inspector/phone/personActions.js'
import { describeMicrophoneFailure, describePerson, describePhoneCall } from '../../../inspector/phone/words.js'
import type { PersonOfCall, PhoneCall } from '../../../shared/inspection/views.js'

const MEGAN: PersonOfCall = {
  identity: { kind: 'user', id: 'megan', displayName: 'Megan Bowen' },
  participantId: 'participant-1',
  state: 'inCall',
  isMuted: false,
  isSharing: false,
  isOnHold: false,
  modalities: ['audio'],
}

const PHONE_CALL: PhoneCall = {
  callId: 'call-1',
  applicationId: 'bot-1',
  botName: 'My bot',
  state: 'inCall',
  isMuted: false,
  otherPeople: [],
  prompts: [],
  isRecording: false,
  receivesTones: true,
  legCallIds: [],
}

test('a person has the actions that fit their state', () => {
  expect(listActions({ ...MEGAN, state: 'calling' })).toEqual(['leave'])
  expect(listActions({ ...MEGAN, state: 'ringing' })).toEqual(['answer', 'decline', 'busy'])
  expect(listActions({ ...MEGAN, state: 'inLobby' })).toEqual(['admit', 'refuse', 'leave'])
  expect(listActions(MEGAN)).toEqual(['mute', 'share', 'leave'])
  expect(listActions({ ...MEGAN, isMuted: true, isSharing: true })).toEqual(['unmute', 'unshare', 'leave'])
})

test('the button of an action and its opposite is the same', () => {
  expect(keyOfButton('unmute')).toBe(keyOfButton('mute'))
  expect(keyOfButton('unshare')).toBe(keyOfButton('share'))
})

test('a person can be added to an established group call only', () => {
  expect(allowsJoining({ isGroup: true, state: 'established' })).toBe(true)
  expect(allowsJoining({ isGroup: false, state: 'established' })).toBe(false)
  expect(allowsJoining({ isGroup: true, state: 'establishing' })).toBe(false)
})

test('the phone answers or declines a call, and later mutes or hangs up', () => {
  const actionsIn = (state: PhoneCall['state'], isMuted = false) => listPhoneActions({ state, isMuted })
  expect(actionsIn('ringing')).toEqual(['answer', 'decline'])
  expect(actionsIn('calling')).toEqual(['leave'])
  expect(actionsIn('inLobby')).toEqual(['leave'])
  expect(actionsIn('inCall')).toEqual(['mute', 'leave'])
  expect(actionsIn('onHold', true)).toEqual(['unmute', 'leave'])
})

test('the states of a call and a person are said in words', () => {
  expect(describePhoneCall({ ...PHONE_CALL, state: 'ringing' })).toBe('My bot is calling')
  expect(describePhoneCall({ ...PHONE_CALL, isMuted: true })).toBe('In the call, muted')
  expect(describePerson({ ...MEGAN, isMuted: true, isSharing: true })).toBe('in the call, muted, sharing')
  expect(describePerson({ ...MEGAN, state: 'inLobby' })).toBe('in the lobby')
  expect(describePerson({ ...MEGAN, state: 'left', isMuted: true })).toBe('left')
})

test('a refused microphone is explained, with what to do instead', () => {
  expect(describeMicrophoneFailure('NotAllowedError')).toMatch(/does not allow the microphone. Send a tone or a file/)
  expect(describeMicrophoneFailure('NotFoundError')).toMatch(/no microphone/)
  expect(describeMicrophoneFailure('NotReadableError')).toContain('NotReadableError')
})

test('another kind of person brings its example, but keeps what the user has typed', () => {
  expect(changeKind(FIRST_PERSON, 'phone')).toEqual(PERSON_KINDS.phone.example)
  expect(changeKind({ ...FIRST_PERSON, id: 'heidi' }, 'guest')).toMatchObject({ kind: 'guest', id: 'heidi' })
  expect(changeKind(FIRST_PERSON, 'robot')).toEqual(FIRST_PERSON)
})

test('an identitySet has a display name only if there is one', () => {
  expect(toIdentitySet(FIRST_PERSON)).toEqual({ user: { id: 'megan', displayName: 'Megan Bowen' } })
  expect(toIdentitySet({ kind: 'phone', id: '+1', displayName: '' })).toEqual({ phone: { id: '+1' } })
})
