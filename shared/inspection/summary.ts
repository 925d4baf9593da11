interface NotificationBody {
  readonly value?: readonly {
    readonly changeType?: string
    readonly resource?: string
    readonly resourceUrl?: string
    readonly resourceData?: ResourceData | readonly unknown[]
  }[]
}
interface ResourceData {
  readonly state?: string
  readonly status?: string
  readonly mediaState?: object
  readonly toneInfo?: { readonly tone?: string }
}

/**
 * What a notification reports, in a few words, such as `updated call established` or `updated participants 3`.
 *
 * @param body a notification in JSON, in one of the dialects
 */
export function summarizeNotification(body: string): string {
  const [change] = (JSON.parse(body) as NotificationBody).value ?? []
  if (!change) return 'empty'
  const segments = (change.resource ?? change.resourceUrl ?? '').split('/').filter(Boolean)
  // Behind the id of the call.
  const resource = segments[segments.indexOf('calls') + 2] ?? 'call'
  return [change.changeType, resource, describeData(change.resourceData)].filter(Boolean).join(' ')
}

function describeData(data: ResourceData | readonly unknown[] | undefined): string {
  if (data === undefined) return ''
  if (isList(data)) return String(data.length)
  const tone = data.toneInfo?.tone
  if (tone) return tone
  return data.mediaState ? 'with audio' : (data.state ?? data.status ?? '')
}

const isList = (data: ResourceData | readonly unknown[]): data is readonly unknown[] => Array.isArray(data)
