import { setTimeout as sleep } from 'node:timers/promises'
import { readPhoneView } from '../shared/inspector/phoneView.js'
import type { PersonAction } from '../shared/simulator/people.js'
import { parseDuration } from './duration.js'
import { DEFAULT_WAIT, RefusedRequest, type Session } from './session.js'
import type { ActionOptions, Bot, Call, Duration, Person, WaitOptions } from './types.js'

/** The pause between two tries. */
const RETRY_MS = 10
/** The action is not possible yet: there is no such call, or its state does not allow it. */
const NOT_YET = [404, 409]
const KEY_NAMES: Readonly<Record<string, string>> = { '*': 'star', '#': 'pound' }

export function createPerson(id: string, getSession: () => Session): Person {
  const inPath = `/simulator/people/${encodeURIComponent(id)}`

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
    const call = await repeat(tryAction, within)
    if (!call) throw refusal
    return call
  }
  /** What is pressed before a bot listens is lost, as on a real phone. */
  async function waitForListener({ call, within = DEFAULT_WAIT }: ActionOptions): Promise<void> {
    const isListened = await repeat(async () => {
      const { calls } = await readPhoneView(getSession().embedded.service, id)
      const own = calls.filter(({ callId }) => call === undefined || callId === call.id)
      return own.some(({ receivesTones, isRecording }) => receivesTones || isRecording) || undefined
    }, within)
    if (!isListened) throw new Error(`No bot has subscribed to the tones of ${id}, or records, within ${within}.`)
  }
  const perform =
    (action: PersonAction) =>
    (options: ActionOptions = {}) =>
      act(`${inPath}/${action}`, callOf(options), options)

  return {
    id,
    async calls(bot: Bot) {
      const body = { to: { application: { id: bot.applicationId } }, from: { user: { id } } }
      const created = await getSession().operate<{ id: string }>('POST', '/simulator/calls', body)
      return getSession().findCall(created.id)
    },
    async rings({ within = DEFAULT_WAIT }: WaitOptions = {}) {
      const session = getSession()
      const call = await repeat(async () => {
        const { calls } = await readPhoneView(session.embedded.service, id)
        const ringing = calls.find(({ state }) => state === 'ringing')
        return ringing && session.findCall(ringing.callId)
      }, within)
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
      await waitForListener(options)
      const tones = [...keys].map((key) => KEY_NAMES[key] ?? (/\d/.test(key) ? `tone${key}` : key.toLowerCase()))
      let call: Call | undefined
      for (const tone of tones) call = await act(`${inPath}/press`, { ...callOf(options), tone }, options)
      if (!call) throw new RangeError('presses: needs at least one key.')
      return call
    },
    says(wav, options = {}) {
      const query = options.call ? `?callId=${options.call.id}` : ''
      return act(`${inPath}/say${query}`, wav, options)
    },
    async joins(callId, { inLobby = false } = {}) {
      const body = { identity: { user: { id } }, isInLobby: inLobby }
      await getSession().operate('POST', `/simulator/calls/${callId}/participants`, body)
    },
  }
}

const callOf = ({ call }: ActionOptions) => (call ? { callId: call.id } : {})

/** Tries until there is a result. Returns undefined when there is none in time. */
async function repeat<T>(attempt: () => Promise<T | undefined>, within: Duration): Promise<T | undefined> {
  const deadline = performance.now() + parseDuration(within)
  for (;;) {
    const result = await attempt()
    if (result !== undefined || performance.now() > deadline) return result
    await sleep(RETRY_MS)
  }
}
