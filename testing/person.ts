import { findTone, type Tone } from '../shared/calls/resources.js'
import { readPhoneView } from '../shared/inspector/phoneView.js'
import type { PersonAction } from '../shared/simulator/people.js'
import { renderPersonPath } from '../shared/simulator/personPath.js'
import { toMilliseconds } from './duration.js'
import { DEFAULT_WAIT, RefusedRequest, type Session } from './session.js'
import type { ActionOptions, Bot, Call, Person, WaitOptions } from './types.js'

/** The action is not possible yet: there is no such call, or its state does not allow it. */
const NOT_YET = [404, 409]

export function createPerson(id: string, getSession: () => Session): Person {
  /** Repeats an action until it is possible. */
  async function act(path: string, body: unknown, { within = DEFAULT_WAIT }: ActionOptions): Promise<Call> {
    const session = getSession()
    let refusal: unknown
    const tryAction = async () => {
      try {
        const { callId } = await session.operate<{ callId: string }>('POST', path, body)
        return session.findCall(callId)
      } catch (error) {
        if (!(error instanceof RefusedRequest && NOT_YET.includes(error.status))) throw error
        refusal = error
        return undefined
      }
    }
    const call = await session.feed.find(tryAction, toMilliseconds(within))
    if (!call) throw refusal
    return call
  }
  /** What is pressed before a bot listens is lost, as on a real phone. */
  async function waitForListener({ call, within = DEFAULT_WAIT }: ActionOptions): Promise<void> {
    const session = getSession()
    const isListened = await session.feed.find(async () => {
      const { calls } = await readPhoneView(session.embedded.service, id)
      const own = calls.filter(
        ({ callId, legCallIds }) => call === undefined || [callId, ...legCallIds].includes(call.id),
      )
      return own.some(({ receivesTones, isRecording }) => receivesTones || isRecording) || undefined
    }, toMilliseconds(within))
    if (!isListened) throw new Error(`No bot has subscribed to the tones of ${id}, or records, within ${within}.`)
  }
  const perform =
    (action: PersonAction) =>
    (options: ActionOptions = {}) =>
      act(renderPersonPath(id, action), bodyOf(options), options)
  /** The id may be one that a path cannot contain. */
  const bodyOf = ({ call }: ActionOptions) => ({ userId: id, ...(call && { callId: call.id }) })

  return {
    id,
    async calls(bot: Bot) {
      const body = { to: { application: { id: bot.applicationId } }, from: { user: { id } } }
      const created = await getSession().operate<{ id: string }>('POST', '/simulator/calls', body)
      return getSession().findCall(created.id)
    },
    async rings({ within = DEFAULT_WAIT }: WaitOptions = {}) {
      const session = getSession()
      const call = await session.feed.find(async () => {
        const { calls } = await readPhoneView(session.embedded.service, id)
        const ringing = calls.find(({ state }) => state === 'ringing')
        return ringing && session.findCall(ringing.callId)
      }, toMilliseconds(within))
      if (!call) throw new Error(`${id} did not ring within ${within}.`)
      return call
    },
    answers: perform('answer'),
    declines: perform('decline'),
    isBusy: perform('busy'),
    leaves: perform('leave'),
    mutes: perform('mute'),
    unmutes: perform('unmute'),
    shares: perform('share'),
    stopsSharing: perform('unshare'),
    isAdmitted: perform('admit'),
    isRefused: perform('refuse'),
    async presses(keys, options = {}) {
      const tones = toTones(keys)
      await waitForListener(options)
      let call: Call | undefined
      for (const tone of tones) call = await act(renderPersonPath(id, 'press'), { ...bodyOf(options), tone }, options)
      return call as Call
    },
    says(wav, options = {}) {
      const query = new URLSearchParams({ userId: id, ...(options.call && { callId: options.call.id }) })
      return act(`${renderPersonPath(id, 'say')}?${query}`, wav, options)
    },
    async joins(callId, { inLobby = false } = {}) {
      const body = { identity: { user: { id } }, isInLobby: inLobby }
      await getSession().operate('POST', `/simulator/calls/${callId}/participants`, body)
      return getSession().findCall(callId)
    },
  }
}

/** @throws RangeError that names the key */
function toTones(keys: string): Tone[] {
  if (keys === '') throw new RangeError('presses: needs at least one key.')
  return [...keys].map((key) => {
    const tone = findTone(key)
    if (tone) return tone
    throw new RangeError(`presses: ${JSON.stringify(key)} is not a key of a phone; use 0 to 9, *, # and a to d.`)
  })
}
