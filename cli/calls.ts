import { isGuid, plainId } from '../shared/inspection/labels.js'
import type { CallPage, CallSummary, CallView } from '../shared/inspection/views.js'
import { type Client, encodeQuery } from './client.js'
import { UsageError } from './errors.js'

/** How many calls are searched for the start of an id; older ones need the whole id. */
const MAX_SEARCHED_CALLS = 1_000
const PAGE = 100
/** How the console writes an id: its start and its end. */
const SHORTENED = /^([\da-f-]+)\.\.\.([\da-f]+)$/i
const ID_PART = /^[\da-f-]+$/i
/** How many ids the error about an ambiguous id lists. */
const MAX_LISTED = 5

/** Reads a call with its log. */
export const readCall = (client: Client, callId: string): Promise<CallView> =>
  client.get<CallView>(`/inspector/calls/${callId}`)

/**
 * Returns the id of a call.
 *
 * @param text an id, its first characters, or an id as `tail` prints it; without it, the newest call
 * @throws UsageError when no call or several match
 */
export async function findCallId(client: Client, text?: string): Promise<string> {
  if (text === undefined) return findNewest(client)
  if (isGuid(text)) return text
  const [, start = text, end = ''] = SHORTENED.exec(text) ?? []
  if (!ID_PART.test(start)) throw new UsageError(`${text} is not the id of a call.`, 'Give the id, or its start.')
  const found: CallSummary[] = []
  for await (const call of listCalls(client)) {
    const id = plainId(call.id)
    if (id.startsWith(plainId(start)) && id.endsWith(plainId(end))) found.push(call)
  }
  const [call] = found
  if (!call)
    throw new UsageError(`No call has an id that starts with ${start}.`, 'ringback show prints the newest call.')
  if (found.length === 1) return call.id
  const listed = found.slice(0, MAX_LISTED).map(({ id, state }) => `  ${id}  ${state}`)
  throw new UsageError(`${found.length} calls match ${text}:\n${listed.join('\n')}`, 'Give more characters.')
}

async function findNewest(client: Client): Promise<string> {
  const { calls } = await client.get<CallPage>('/inspector/calls?limit=1')
  const [newest] = calls
  if (!newest) throw new UsageError('There are no calls yet.', 'Place one with ringback call.')
  return newest.id
}

async function* listCalls(client: Client): AsyncGenerator<CallSummary, void, undefined> {
  let before: string | undefined
  for (let read = 0; read < MAX_SEARCHED_CALLS; read += PAGE) {
    const page = await client.get<CallPage>(`/inspector/calls?${encodeQuery({ limit: String(PAGE), before })}`)
    yield* page.calls
    before = page.next
    if (before === undefined) return
  }
}
