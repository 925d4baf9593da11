import { createSoundUrl, renderBeep } from './audio.js'
import { type Prompt, type PromptSound, playsAgain } from './prompts.js'

interface PromptToPlay {
  readonly prompt: Prompt
  readonly audio: HTMLAudioElement
  load(): Promise<Blob>
  setSound(sound: PromptSound): void
  /** Called when the prompt has been played as often as it was told. */
  finish(): void
}

/** Plays a prompt, or a beep where its media cannot be loaded or decoded. Returns what stops it. */
export function playPrompt({ prompt, audio, load, setSound, finish }: PromptToPlay): () => void {
  const stopping = new AbortController()
  const { signal } = stopping
  let url: string | undefined
  let plays = 0
  let isBeep = false

  function play(): void {
    audio.play().catch((failure: DOMException) => {
      // The event `error` reports media that cannot be played, and a new source aborts the old one.
      if (failure.name === 'NotAllowedError' && !signal.aborted) setSound('blocked')
    })
  }

  function start(newUrl: string): void {
    if (url !== undefined) URL.revokeObjectURL(url)
    url = newUrl
    audio.src = newUrl
    play()
  }

  function startBeep(): void {
    isBeep = true
    start(createSoundUrl(renderBeep()))
  }

  function repeatOrFinish(): void {
    plays += 1
    if (playsAgain(prompt, plays)) play()
    else finish()
  }

  setSound('loading')
  audio.addEventListener('playing', () => setSound(isBeep ? 'beep' : 'media'), { signal })
  audio.addEventListener('ended', repeatOrFinish, { signal })
  audio.addEventListener('error', () => (isBeep ? finish() : startBeep()), { signal })
  load().then(
    (media) => !signal.aborted && start(URL.createObjectURL(media)),
    () => !signal.aborted && startBeep(),
  )

  return () => {
    stopping.abort()
    audio.pause()
    audio.removeAttribute('src')
    if (url !== undefined) URL.revokeObjectURL(url)
  }
}
