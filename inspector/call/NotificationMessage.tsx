import type { NotificationView } from '../../shared/inspection/views.js'
import { useAction, useApp } from '../state/context.js'
import { useLoad } from '../state/hooks.js'
import { Message } from './Message.js'

interface Props {
  readonly callId: string
  readonly sequence: number
  readonly query: string
}

/** A notification as it is POSTed to the callback. */
export function NotificationMessage({ callId, sequence, query }: Props) {
  const { api } = useApp()
  const run = useAction()
  const path = `/inspector/calls/${encodeURIComponent(callId)}/notifications/${sequence}`
  const { value, error } = useLoad(() => api.get<NotificationView>(path), path)
  if (error) return <p class="tone-dead">{error}</p>
  if (!value) return <p class="muted">Loading</p>
  const resend = (): void =>
    run(async () => {
      const result = await api.post<{ readonly status?: number; readonly error?: string }>(`${path}/resend`)
      return `Sent notification ${sequence} once more: the callback replied ${result.status ?? result.error}.`
    })
  return (
    <Message title={`POST ${value.url}`} headers={value.headers} body={value.body} query={query}>
      <button type="button" onClick={resend}>
        Resend
      </button>
    </Message>
  )
}
