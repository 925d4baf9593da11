import { toCurl } from '../../shared/inspection/copyAs.js'
import type { Entry, LoggedBody, LoggedMessage } from '../../shared/inspection/entries.js'
import { formatBytes } from '../format.js'
import { copyText } from '../parts/clipboard.js'
import { useAction, useApp } from '../state/context.js'
import { useLoad } from '../state/hooks.js'
import { Message } from './Message.js'

interface Props {
  /** The numbers of the entries with the request and its reply. */
  readonly entries: readonly number[]
  readonly query: string
}

/** A request and its reply. */
export function RequestMessages({ entries, query }: Props) {
  const { api } = useApp()
  const run = useAction()
  const load = (): Promise<Entry[]> =>
    Promise.all(entries.map((number) => api.get<Entry>(`/inspector/events/${number}`)))
  const { value = [], error } = useLoad(load, entries.join())
  if (error) return <p class="tone-dead">{error}</p>
  return (
    <>
      {value.map((entry) => {
        if (entry.type === 'request') {
          return (
            <Message
              key={entry.number}
              title={`${entry.method} ${entry.path}`}
              {...toContent(entry.message)}
              query={query}
            >
              <button
                type="button"
                onClick={() => run(() => copyText(toCurl(entry, api.baseUrl), 'the request as curl'))}
              >
                Copy as curl
              </button>
            </Message>
          )
        }
        if (entry.type !== 'reply') return null
        return (
          <Message key={entry.number} title={`Reply ${entry.status}`} {...toContent(entry.message)} query={query} />
        )
      })}
    </>
  )
}

const toContent = ({ headers, body }: LoggedMessage) => ({ headers, body: body?.text, note: body && describeCut(body) })

const describeCut = ({ text, bytes, isCut }: LoggedBody): string | undefined =>
  isCut && `Cut after ${text.length} characters; it had ${formatBytes(bytes)}.`
