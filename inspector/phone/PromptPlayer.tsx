import { useEffect, useRef, useState } from 'preact/hooks'
import type { PhoneCall } from '../../shared/inspection/views.js'
import { useApp } from '../state/context.js'
import { playPrompt } from './playPrompt.js'
import { choosePrompt, describePrompt, listPrompts, type PromptSound } from './prompts.js'
import { fetchMedia } from './requests.js'

/** Plays the prompts of the bot in a call, one after the other, and says what plays. */
export function PromptPlayer({ call }: { readonly call: PhoneCall }) {
  const { api } = useApp()
  const element = useRef<HTMLAudioElement>(null)
  const [heard, setHeard] = useState<ReadonlySet<string>>(new Set())
  const [currentSound, setCurrentSound] = useState<PromptSound>('loading')
  const { callId, botName } = call
  const prompts = listPrompts(call)
  const current = choosePrompt(prompts, heard)

  // The key, because each poll brings a new object for the same prompt.
  useEffect(() => {
    const audio = element.current
    if (!current || !audio) return
    return playPrompt({
      prompt: current,
      audio,
      load: () => fetchMedia(api, callId, current),
      setSound: setCurrentSound,
      finish: () => setHeard((before) => new Set(before).add(current.key)),
    })
  }, [callId, current?.key])

  function soundOf(key: string): PromptSound {
    if (key === current?.key) return currentSound
    return heard.has(key) ? 'heard' : 'waiting'
  }

  return (
    <div class="phone-prompts" hidden={prompts.length === 0}>
      <ol>
        {prompts.map((prompt) => (
          <li key={prompt.key}>{describePrompt(prompt, soundOf(prompt.key))}</li>
        ))}
      </ol>
      {/* biome-ignore lint/a11y/useMediaCaption: a bot sends no captions; the list says what plays. */}
      <audio ref={element} controls hidden={!current} aria-label={`Prompts of ${botName}`} />
      {current && currentSound === 'blocked' && (
        <button type="button" onClick={() => void element.current?.play()}>
          Hear the prompt
        </button>
      )}
    </div>
  )
}
