import { useEffect } from 'preact/hooks'
import { createSoundUrl, renderRing } from './audio.js'

/** Soft: a colleague beside the user is not startled. */
const RING_VOLUME = 0.4

/** Shows in the title of the page that the phone rings. */
export function useRingingTitle(text: string | undefined): void {
  useEffect(() => {
    if (text === undefined) return
    const before = document.title
    document.title = text
    return () => {
      document.title = before
    }
  }, [text])
}

/** Plays the ring tone while the phone rings and the user has switched it on. */
export function useRingTone(isAudible: boolean): void {
  useEffect(() => {
    if (!isAudible) return
    const url = createSoundUrl(renderRing())
    const audio = new Audio(url)
    audio.loop = true
    audio.volume = RING_VOLUME
    // Where the browser refuses it, the title and the text still show the ringing.
    audio.play().catch(() => {})
    return () => {
      audio.pause()
      URL.revokeObjectURL(url)
    }
  }, [isAudible])
}
