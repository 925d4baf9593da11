import { createHttpClient, type UrlPolicy } from './httpClient.js'

/** More than five minutes of audio in the format of Graph (32,000 bytes a second); few prompts are longer. */
const MAX_BYTES = 10 * 1024 * 1024
/** Longer than for the length of a prompt (promptDuration.ts): no request of a bot waits for it. */
const TIMEOUT_MS = 5_000
/** Prompts are WAV files (Graph: mediaInfo). */
const DEFAULT_TYPE = 'audio/wav'

/** The media of a prompt. */
export interface Media {
  /** Always a type of audio: a browser that gets the bytes must never take them for a page. */
  readonly type: string
  readonly content: Uint8Array
}

/** Returns the media at a URL; undefined when they cannot be fetched or are too large. Never throws. */
export type FetchMedia = (url: string) => Promise<Media | undefined>

/**
 * @param policy the callback URL policy, which also applies to media: it checks the URL and every connection
 * @param timeoutMs how long the fetch may take
 */
export function createFetchMedia(policy: UrlPolicy, timeoutMs = TIMEOUT_MS): FetchMedia {
  const request = createHttpClient(policy)
  return async (url) => {
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const { statusCode, headers, body } = await request(url, { method: 'GET', signal })
      // Leaving a body before its end emits an error, which would end the process if it had no listener.
      body.on('error', () => undefined)
      if (statusCode === 200 && Number(headers['content-length'] ?? 0) <= MAX_BYTES) {
        const content = await readAll(body)
        return content && { type: toAudioType(headers['content-type']), content }
      }
      body.destroy()
      return undefined
    } catch {
      return undefined
    }
  }
}

/** Returns undefined for a body of more than MAX_BYTES, and closes its connection. */
async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function toAudioType(header: string | string[] | undefined): string {
  const [type = DEFAULT_TYPE] = /^audio\/[\w.+-]+/i.exec(String(header)) ?? []
  return type.toLowerCase()
}
