import { once } from 'node:events'
import type { Readable } from 'node:stream'

// The inspector of Node.js in another process: it collects the garbage of that process, and measures its heap.

export interface Inspector {
  /** Collects all garbage, and returns the bytes of the heap that are then in use. */
  measureHeap(): Promise<number>
  close(): void
}

/** The lines of Node.js about its inspector. */
const INSPECTOR_LINE = /^(Debugger|For help)/

/** Reads the address of the inspector from the errors of a process, and prints its other errors. */
export function readInspectorUrl(errors: Readable): Promise<string> {
  return new Promise((resolve) => {
    errors.setEncoding('utf8').on('data', (text: string) => {
      const [, url] = /Debugger listening on (ws:\S+)/.exec(text) ?? []
      if (url) resolve(url)
      else if (!INSPECTOR_LINE.test(text)) process.stderr.write(text)
    })
  })
}

/** Connects to an inspector (Chrome DevTools Protocol). */
export async function connectInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, (result: unknown) => void>()
  let sent = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id: number; result: unknown }
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  const call = (method: string): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++sent
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method }))
    })
  return {
    async measureHeap() {
      await call('HeapProfiler.collectGarbage')
      const { usedSize } = (await call('Runtime.getHeapUsage')) as { usedSize: number }
      return usedSize
    },
    close: () => socket.close(),
  }
}
