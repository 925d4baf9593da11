import type { Tone } from '../describe.js'

interface Props {
  readonly text: string
  readonly tone: Tone
}

/** The result of an action. It is in the page even while it is empty, so that screen readers announce a new text. */
export function Announcement({ text, tone }: Props) {
  return <output class={`tone-${tone}`}>{text}</output>
}
