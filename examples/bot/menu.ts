import type { Connection, Conversation, Notification, User } from './messages.js'

// The resource account `menu`: a voice menu. With 1 the caller leaves a message, with 2 the caller speaks to a
// colleague; if the colleague does not answer, the bot says so and hangs up.

/** Ends a recording. */
const STOP_TONE = '#'
const MAX_MESSAGE_SECONDS = 60
const MAX_SILENCE_SECONDS = 10
/** What the bot sends with its requests, and finds in the notifications about their operations. */
const CONTEXTS = { welcome: 'welcome', message: 'message', transfer: 'transfer', farewell: 'farewell' } as const

export function createMenu({ act }: Connection, path: string, colleague: User): Conversation {
  let isOpen = false

  const say = (recording: string, clientContext: string) =>
    act('POST', `${path}/playPrompt`, { prompts: [promptOf(recording)], clientContext })

  async function open(): Promise<void> {
    if (isOpen) return
    isOpen = true
    await act('POST', `${path}/subscribeToTone`, {})
    await say('press-1-for-a-message-or-2-for-a-colleague', CONTEXTS.welcome)
  }

  function choose(tone: string): Promise<void> {
    if (tone === 'tone1') {
      return act('POST', `${path}/record`, {
        prompts: [promptOf('speak-after-the-beep')],
        bargeInAllowed: true,
        maxRecordDurationInSeconds: MAX_MESSAGE_SECONDS,
        initialSilenceTimeoutInSeconds: MAX_SILENCE_SECONDS,
        maxSilenceTimeoutInSeconds: MAX_SILENCE_SECONDS,
        stopTones: [STOP_TONE],
        clientContext: CONTEXTS.message,
      })
    }
    if (tone !== 'tone2') return Promise.resolve()
    const transferTarget = { identity: { user: { id: colleague.id, displayName: colleague.displayName } } }
    return act('POST', `${path}/transfer`, { transferTarget, clientContext: CONTEXTS.transfer })
  }

  /** A transfer that has succeeded ends the call by itself. */
  function endOperation(clientContext: string | undefined, status: string | undefined): Promise<void> {
    if (clientContext === CONTEXTS.message) {
      return say(status === 'completed' ? 'thank-you' : 'i-heard-nothing', CONTEXTS.farewell)
    }
    if (clientContext === CONTEXTS.transfer && status === 'failed') {
      return say('my-colleague-does-not-answer', CONTEXTS.farewell)
    }
    return clientContext === CONTEXTS.farewell ? act('DELETE', path) : Promise.resolve()
  }

  async function handle(_: string, { changeType, resource, resourceData }: Notification): Promise<void> {
    if (Array.isArray(resourceData)) return
    const { state, status, toneInfo, clientContext } = resourceData
    if (resource.includes('/operations/')) {
      if (changeType === 'deleted') await endOperation(clientContext, status)
    } else if (toneInfo) await choose(toneInfo.tone)
    else if (state === 'established') await open()
  }

  return { name: 'menu', handle, owns: async (other) => other === path }
}

const promptOf = (recording: string) => ({
  '@odata.type': '#microsoft.graph.mediaPrompt',
  mediaInfo: { uri: `https://cdn.contoso.com/${recording}.wav`, resourceId: recording },
})
