import { measureWav } from '../simulator/wav.js'
import { createHttpClient, type HttpClient, type UrlPolicy } from './httpClient.js'

/** How much of a file is read to find its length. A WAV file without other chunks has it in the first 44 bytes. */
const MAX_BYTES = 64 * 1024
/** Fewer bytes cannot contain the length of the file. */
const FIRST_LOOK_BYTES = 44
/** How many files one process fetches at a time. Other prompts play for PROMPT_DURATION_MS. */
const MAX_FETCHES = 32
/** Short, because the bot waits for the reply to its request. */
const TIMEOUT_MS = 2_000

/** Returns how long the media at a URL plays, in milliseconds; undefined when that is not known. Never throws. */
export type MeasurePrompt = (url: string) => Promise<number | undefined>

/**
 * @param policy the callback URL policy, which also applies to media: it checks the URL and every connection
 * @param timeoutMs how long the fetch may take
 */
export function createMeasurePrompt(policy: UrlPolicy, timeoutMs = TIMEOUT_MS): MeasurePrompt {
  const request = createHttpClient(policy)
  let fetches = 0
  return async (url) => {
    if (fetches >= MAX_FETCHES) return undefined
    fetches += 1
    try {
      const start = await fetchStart(request, url, AbortSignal.timeout(timeoutMs))
      return start && measureWav(start)
    } catch {
      return undefined
    } finally {
      fetches -= 1
    }
  }
}

async function fetchStart(request: HttpClient, url: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const headers = { Range: `bytes=0-${MAX_BYTES - 1}` }
  const { statusCode, body } = await request(url, { method: 'GET', headers, signal })
  // Leaving a body before its end emits an error, which would end the process if it had no listener.
  body.on('error', () => undefined)
  if (statusCode === 200 || statusCode === 206) return readStart(body)
  body.destroy()
  return undefined
}

/** Reads until the length is known or MAX_BYTES are read. Then the connection of a longer body is closed. */
async function readStart(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let [length, nextLook] = [0, FIRST_LOOK_BYTES]
  for await (const chunk of body) {
    chunks.push(chunk)
    length += chunk.length
    if (length < nextLook) continue
    if (length >= MAX_BYTES || measureWav(Buffer.concat(chunks)) !== undefined) break
    // Doubled, so that many small chunks do not cause a search of the whole start for each of them.
    nextLook = 2 * length
  }
  return Buffer.concat(chunks)
}
