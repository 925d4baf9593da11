import { useEffect, useRef, useState } from 'preact/hooks'
import { Announcement } from '../parts/Announcement.js'
import { useApp } from '../state/context.js'
import { MAX_SPEECH_SECONDS } from './audio.js'
import { convertToWav, hasMicrophone, recordPieces } from './microphone.js'
import { type PersonInCall, sayAudio, sayTone } from './requests.js'
import { useActionWithError } from './useActionWithError.js'
import { describeMicrophoneFailure } from './words.js'

/** The service accepts nothing shorter. */
const MIN_TONE_SECONDS = 0.1
const DEFAULT_TONE_SECONDS = 2

interface Props {
  readonly person: PersonInCall
  readonly isRecording: boolean
  /** Speech of a muted person is not recorded. */
  readonly isMuted: boolean
}

/** Lets the user speak while the bot records: with the microphone, a file, or a tone. */
export function Speak({ person, isRecording, isMuted }: Props) {
  const { api } = useApp()
  const [isSpeaking, setIsSpeaking] = useState(false)
  const [isFallbackOpen, setIsFallbackOpen] = useState(!hasMicrophone())
  const [message, setMessage] = useState('')
  const action = useActionWithError()
  const speaking = useRef<AbortController>(undefined)
  // Stops when the recording ends or the call is no longer shown.
  useEffect(() => () => speaking.current?.abort(), [isRecording])

  async function send(what: string, say: () => Promise<unknown>): Promise<void> {
    setMessage('')
    await action.run(async () => {
      await say()
      setMessage(`Sent ${what}.`)
    })
  }

  async function speak(): Promise<void> {
    const stopping = new AbortController()
    speaking.current = stopping
    setIsSpeaking(true)
    await send('what you said', () => recordAndSend(stopping.signal))
    setIsSpeaking(false)
  }

  async function recordAndSend(signal: AbortSignal): Promise<void> {
    try {
      await recordPieces(signal, async (wav) => void (await sayAudio(api, person, wav)))
    } catch (failure) {
      if (!(failure instanceof DOMException)) throw failure
      setIsFallbackOpen(true)
      throw new Error(describeMicrophoneFailure(failure.name))
    }
  }

  if (!isRecording && !isSpeaking) return <Announcement text={message} tone="muted" />
  return (
    <section class="phone-speak" aria-label="Speak to the recording">
      <p class="tone-dead">
        <span aria-hidden="true">●</span> {isRecording ? 'The bot records what you say.' : 'The recording has ended.'}
        {isMuted && ' You are muted, so it hears nothing.'}
      </p>
      {hasMicrophone() && (
        <button type="button" class="primary" onClick={() => (isSpeaking ? speaking.current?.abort() : void speak())}>
          {isSpeaking ? 'Stop speaking' : 'Speak'}
        </button>
      )}
      <Announcement text={action.error} tone="dead" />
      <Announcement text={message} tone="muted" />
      <details open={isFallbackOpen} onToggle={(event) => setIsFallbackOpen(event.currentTarget.open)}>
        <summary>Without a microphone</summary>
        <ToneForm onSend={(seconds) => send('a tone', () => sayTone(api, person, seconds))} />
        <FileField onSend={(file) => send(file.name, async () => sayAudio(api, person, await convertFile(file)))} />
      </details>
    </section>
  )
}

function ToneForm({ onSend }: { readonly onSend: (seconds: number) => Promise<void> }) {
  const [seconds, setSeconds] = useState(DEFAULT_TONE_SECONDS)
  return (
    <form
      class="phone-form"
      onSubmit={(event) => {
        event.preventDefault()
        void onSend(seconds)
      }}
    >
      <label>
        Seconds of tone
        <input
          type="number"
          required
          min={MIN_TONE_SECONDS}
          max={MAX_SPEECH_SECONDS}
          step={MIN_TONE_SECONDS}
          value={seconds}
          onInput={(event) => setSeconds(event.currentTarget.valueAsNumber)}
        />
      </label>
      <button type="submit">Send a tone</button>
    </form>
  )
}

function FileField({ onSend }: { readonly onSend: (file: File) => Promise<void> }) {
  async function sendChosen(input: HTMLInputElement): Promise<void> {
    const [file] = input.files ?? []
    if (file) await onSend(file)
    // So that the same file can be chosen again.
    input.value = ''
  }

  return (
    <label class="phone-file">
      Audio file to send
      <input type="file" accept="audio/*" onChange={(event) => void sendChosen(event.currentTarget)} />
    </label>
  )
}

async function convertFile(file: File): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await convertToWav(file)
  } catch {
    throw new Error(`The browser cannot decode ${file.name}. Choose an audio file, such as WAV, MP3 or Ogg.`)
  }
}
