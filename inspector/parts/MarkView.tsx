import type { Mark } from '../describe.js'

/** A state: its glyph, its word and its color. */
export function MarkView({ mark }: { readonly mark: Mark }) {
  return (
    <span class={`mark tone-${mark.tone}`}>
      <span aria-hidden="true">{mark.glyph}</span> {mark.word}
    </span>
  )
}
