import type { Tone } from '../../shared/calls/resources.js'
import type { PhonePrompt } from '../../shared/inspection/views.js'
import type { PersonAction } from '../../shared/simulator/people.js'
import { renderPersonPath } from '../../shared/simulator/personPath.js'
import type { Api } from '../api.js'
import { type NewPerson, toIdentitySet } from './newPerson.js'

// The requests that act as simulated people, and the media of their calls.

/** Which prompt of a call it is. */
type PromptPlace = Pick<PhonePrompt, 'operationId' | 'index'>

/** A person in a call. */
export interface PersonInCall {
  readonly personId: string
  readonly callId: string
}

export const act = (api: Api, { personId, callId }: PersonInCall, action: PersonAction): Promise<unknown> =>
  api.post(renderPersonPath(personId, action), { userId: personId, callId })

export const pressKey = (api: Api, { personId, callId }: PersonInCall, tone: Tone): Promise<unknown> =>
  api.post(renderPersonPath(personId, 'press'), { userId: personId, callId, tone })

export function sayAudio(api: Api, { personId, callId }: PersonInCall, wav: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const query = new URLSearchParams({ callId, userId: personId })
  return api.postBytes(`${renderPersonPath(personId, 'say')}?${query}`, wav, 'audio/wav')
}

export const sayTone = (api: Api, { personId, callId }: PersonInCall, seconds: number): Promise<unknown> =>
  api.post(renderPersonPath(personId, 'say'), { userId: personId, callId, seconds })

export function fetchMedia(api: Api, callId: string, { operationId, index }: PromptPlace): Promise<Blob> {
  return api.getBlob(`/inspector/media?${new URLSearchParams({ callId, operationId, index: String(index) })}`)
}

export const placeCall = (api: Api, from: NewPerson, applicationId: string): Promise<{ readonly id: string }> =>
  api.post('/simulator/calls', { to: { application: { id: applicationId } }, from: toIdentitySet(from) })

export const joinCall = (api: Api, callId: string, person: NewPerson, isInLobby: boolean): Promise<unknown> =>
  api.post(`/simulator/calls/${callId}/participants`, { identity: toIdentitySet(person), isInLobby })
