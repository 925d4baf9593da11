import type { ComponentChildren } from 'preact'
import { count } from '../../shared/inspection/labels.js'
import { formatBody, markHits } from '../format.js'

interface Props {
  readonly title: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** Says what the body lacks. */
  readonly note?: string | undefined
  /** The text whose hits are marked. */
  readonly query: string
  /** Buttons. */
  readonly children?: ComponentChildren
}

/** A message over HTTP. */
export function Message({ title, headers, body = '', note, query, children }: Props) {
  const entries = Object.entries(headers)
  return (
    <article class="http">
      <h3 class="id">
        <Hits text={title} query={query} />
      </h3>
      {children && <div class="buttons">{children}</div>}
      <details open={query !== ''}>
        <summary>{count(entries.length, 'header')}</summary>
        <dl class="headers">
          {entries.map(([name, value]) => (
            <div key={name}>
              <dt>
                <Hits text={name} query={query} />
              </dt>
              <dd>
                <Hits text={value} query={query} />
              </dd>
            </div>
          ))}
        </dl>
      </details>
      {body === '' ? (
        <p class="muted">No body.</p>
      ) : (
        // A long line is reached by scrolling, which the keyboard can do only where the focus is.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard.
        <pre tabIndex={0}>
          <Hits text={formatBody(body)} query={query} />
        </pre>
      )}
      {note && <p class="muted">{note}</p>}
    </article>
  )
}

function Hits({ text, query }: { readonly text: string; readonly query: string }) {
  return (
    <>{markHits(text, query).map((part, index) => (part.isHit ? <mark key={index}>{part.text}</mark> : part.text))}</>
  )
}
