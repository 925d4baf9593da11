/** The blob container that holds what simulated people say in recordings. */
export const BLOB_CONTAINER = 'recordings'

/** Where the blobs of a call begin. */
export const blobPrefixOf = (callId: string): string => `${callId}/`
export const blobNameOf = (callId: string, id: string): string => `${blobPrefixOf(callId)}${id}`

/**
 * Blob Storage as Ringback uses it: bytes under a name. Names with the same start belong together. Azure Storage and an
 * in-memory twin implement it, and one suite of contract tests runs against both.
 */
export interface Blobs {
  /**
   * Writes a blob, also over an existing one.
   *
   * @throws StorageUnavailable when the outcome is unknown
   */
  put(name: string, content: Uint8Array): Promise<void>
  /** Reads a blob; undefined when it does not exist. */
  get(name: string): Promise<Uint8Array | undefined>
  /** Deletes every blob whose name starts with `prefix`. After a failure some may be left; the same call goes on. */
  deleteAll(prefix: string): Promise<void>
}
