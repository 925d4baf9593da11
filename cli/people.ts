import { findTone, type Tone } from '../shared/calls/resources.js'
import type { PersonAction } from '../shared/simulator/people.js'
import { renderPersonPath } from '../shared/simulator/personPath.js'
import { type Client, encodeQuery } from './client.js'
import { UsageError } from './errors.js'

// The requests that act as simulated people. Each returns the call in which the person acted.

/** Who acts. Without a call, the newest call that allows the action is used. */
export interface Actor {
  readonly personId: string
  readonly callId?: string | undefined
}

interface ActedIn {
  readonly callId: string
}

/** The identitySet of a person who calls or joins. */
export type CallerIdentity = Readonly<
  Partial<Record<'user' | 'phone', { readonly id: string; readonly displayName?: string }>>
>

/** The person of the documents. */
export const MEGAN = { user: { id: 'megan', displayName: 'Megan Bowen' } } as const

/** Lets a person call a bot, and returns the id of the call. */
export async function placeCall(client: Client, from: CallerIdentity, applicationId: string): Promise<string> {
  const body = { to: { application: { id: applicationId } }, from }
  return (await client.post<{ readonly id: string }>('/simulator/calls', body)).id
}

/**
 * Lets a person do something in a call.
 *
 * @param details the tone that the person presses, or for how many seconds they speak
 */
export const act = (
  client: Client,
  { personId, callId }: Actor,
  action: PersonAction | 'press' | 'say',
  details: { readonly tone?: Tone; readonly seconds?: number } = {},
): Promise<ActedIn> => client.post(renderPersonPath(personId, action), { userId: personId, callId, ...details })

/** Lets a person speak the audio of a WAV file. */
export function sayAudio(client: Client, { personId, callId }: Actor, wav: Uint8Array<ArrayBuffer>): Promise<ActedIn> {
  const query = encodeQuery({ userId: personId, callId })
  return client.postBytes(`${renderPersonPath(personId, 'say')}?${query}`, wav, 'audio/wav')
}

/** Lets a person join a call without an invitation. */
export async function joinCall(client: Client, personId: string, callId: string): Promise<ActedIn> {
  await client.post(`/simulator/calls/${callId}/participants`, { identity: { user: { id: personId } } })
  return { callId }
}

/**
 * Reads a key of a phone: `1`, `*`, `#`, or the name of a tone such as `tone1`.
 *
 * @throws UsageError that lists the keys
 */
export function readTone(text: string): Tone {
  const tone = findTone(text)
  if (tone) return tone
  throw new UsageError(`${text} is not a key.`, 'The keys are 0 to 9, *, #, a to d, and flash.')
}
