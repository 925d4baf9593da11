import { EmbeddedService } from '../embedded/embeddedService.js'
import type { PendingMessage } from '../embedded/messages.js'
import { KeyRing } from '../shared/auth/keys/keyRing.js'
import { memoryKeySource } from '../shared/auth/keys/memoryKeySource.js'
import { MemoryBlobs, MemoryTables, type StoredRow } from '../shared/storage/memory.js'

/** The state of a service, as JSON can hold it. */
export interface ServiceState {
  readonly time: number
  readonly rows: readonly StoredRow[]
  readonly blobs: readonly { readonly name: string; readonly base64: string }[]
  readonly messages: readonly PendingMessage[]
}

/** A service in memory whose state can be saved. */
export interface SavableService {
  readonly embedded: EmbeddedService
  /** Waits until nothing is left to do, and returns the state. */
  save(): Promise<ServiceState>
}

/** Starts a service, from a state that was saved if there is one. */
export function startSavable(
  options: Pick<ConstructorParameters<typeof EmbeddedService>[0], 'env' | 'log'>,
  state?: ServiceState,
): SavableService {
  const keys = {
    access: new KeyRing(memoryKeySource('access')),
    notifications: new KeyRing(memoryKeySource('notifications')),
  }
  const storage = { tables: new MemoryTables(), blobs: new MemoryBlobs() }
  const embedded = new EmbeddedService({ ...options, storage, keys, ...(state && { startTime: state.time }) })
  if (state) {
    storage.tables.restore(state.rows)
    storage.blobs.restore(state.blobs.map(({ name, base64 }) => ({ name, content: Buffer.from(base64, 'base64') })))
    embedded.restoreMessages(state.messages)
  }
  return {
    embedded,
    async save() {
      await embedded.idle()
      const blobs = [...storage.blobs.blobs()].map(({ name, content = new Uint8Array() }) => ({
        name,
        base64: Buffer.from(content).toString('base64'),
      }))
      return { time: embedded.now(), rows: [...storage.tables.rows()], blobs, messages: embedded.listMessages() }
    },
  }
}
