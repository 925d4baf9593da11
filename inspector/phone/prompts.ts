import type { PhoneCall, PhonePrompt } from '../../shared/inspection/views.js'
import { shorten } from '../format.js'

// Which prompt of a call the phone plays.

/** How many times a prompt plays when it never ends by itself (Graph: loop of a mediaPrompt). */
const FOREVER = 0
/** The length of a URI that fits in two lines on a narrow screen. */
const MAX_URI_LENGTH = 80

export interface Prompt extends PhonePrompt {
  /** Stays the same as long as the prompt is listed. */
  readonly key: string
}

export const listPrompts = ({ prompts }: Pick<PhoneCall, 'prompts'>): readonly Prompt[] =>
  prompts.map((prompt) => ({ ...prompt, key: `${prompt.operationId} ${prompt.index}` }))

/** Returns the first prompt that has not been heard to its end. A prompt that is no longer listed must stop. */
export const choosePrompt = (prompts: readonly Prompt[], heard: ReadonlySet<string>): Prompt | undefined =>
  prompts.find(({ key }) => !heard.has(key))

/** Whether a prompt that has been played this many times starts again. */
export const playsAgain = ({ loop }: Prompt, plays: number): boolean => loop === FOREVER || plays < loop

/** What the user hears of a prompt. */
export type PromptSound = 'waiting' | 'loading' | 'media' | 'beep' | 'blocked' | 'heard'

const SOUND_TEXTS: Readonly<Record<PromptSound, (media: string, loop: number) => string>> = {
  waiting: (media) => `Next: ${media}`,
  loading: (media) => `Loading ${media}`,
  media: (media, loop) => `Playing ${media}${describeLoop(loop)}`,
  beep: (media, loop) =>
    `Playing a beep instead of ${media}${describeLoop(loop)}, because the media cannot be played here`,
  blocked: (media) => `The browser has not started ${media}`,
  heard: (media) => `Played ${media}`,
}

/** Says what the user hears, for example `Playing http://bot/hello.wav, 3 times`. */
export const describePrompt = ({ uri, loop }: Prompt, sound: PromptSound): string =>
  SOUND_TEXTS[sound](shorten(uri, MAX_URI_LENGTH), loop)

function describeLoop(loop: number): string {
  if (loop === FOREVER) return ', again and again'
  return loop > 1 ? `, ${loop} times` : ''
}
