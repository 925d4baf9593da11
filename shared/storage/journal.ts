import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { MemoryBlobs, MemoryTables, type StoredBlob, type StoredRow } from './memory.js'
import { StorageUnavailable } from './tables.js'

/** The first line of the file. Another version would be read differently. */
const HEADER = JSON.stringify({ journal: 'ringback', version: 1 })
const NEWLINE = 0x0a
/** A string cannot hold a file of any size (512 MiB, buffer.constants.MAX_STRING_LENGTH), so it is read in parts. */
const CHUNK_BYTES = 1024 * 1024
/** The file is compacted when it has this many times the bytes that its rows need, so that it cannot grow forever. */
const MAX_GROWTH = 4
/** The most bytes that a file with many rows grows before it is compacted. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024
/** A smaller file is not worth the writing. */
const MIN_COMPACTED_BYTES = 16 * 1024 * 1024
/** The file holds callback URLs with their secrets, and recordings. */
const OWNER_ONLY = 0o600

/** A line of the file: what one write has changed. */
interface Line {
  readonly rows?: readonly StoredRow[]
  readonly blobs?: readonly { readonly name: string; readonly base64?: string }[]
}

/** Tables and blobs in memory whose changes are kept in a file. */
export interface JournaledStorage {
  readonly tables: MemoryTables
  readonly blobs: MemoryBlobs
  close(): void
}

/**
 * Opens the storage that a file holds, and creates the file if there is none. Every change is in the file before it can
 * be read and before its request is answered, so it survives the end of the process, however the process ends. It is
 * handed to the operating system and not forced onto the disk: a power failure may lose the last changes. Only one
 * process may have the file open.
 *
 * @throws Error when the file cannot be read or is not such a file
 */
export function openJournal(file: string): JournaledStorage {
  const record = (line: Line) => journal.append(line)
  const storage = {
    tables: new MemoryTables((rows) => record({ rows })),
    blobs: new MemoryBlobs((blobs) => record({ blobs: blobs.map(encodeBlob) })),
  }
  if (existsSync(file)) restoreFrom(file, storage)
  const journal = new Journal(file, storage)
  return { ...storage, close: () => journal.close() }
}

type Storage = Pick<JournaledStorage, 'tables' | 'blobs'>

function restoreFrom(file: string, storage: Storage): void {
  const descriptor = openSync(file, 'r')
  try {
    const lines = readLines(descriptor)
    if (lines.next().value !== HEADER) throw new Error(`${file} is not a journal of this version of Ringback.`)
    let number = 1
    for (const text of lines) {
      number++
      try {
        restoreLine(JSON.parse(text), storage)
      } catch (cause) {
        throw new Error(`${file} is damaged in line ${number}.`, { cause })
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

function restoreLine({ rows = [], blobs = [] }: Line, storage: Storage): void {
  storage.tables.restore(rows)
  storage.blobs.restore(blobs.map(decodeBlob))
}

/** A last line without an end was being written when the process was killed: its request was never answered. */
function* readLines(descriptor: number): Generator<string, undefined> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let parts: Buffer[] = []
  for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < length; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString()
      parts = []
      start = end + 1
    }
    parts.push(Buffer.from(chunk.subarray(start, length)))
  }
}

class Journal {
  readonly #file: string
  readonly #storage: Storage
  /** Undefined when the journal is closed: the system may give the number to another file. */
  #descriptor: number | undefined
  #bytes: number
  /** At this size the file is compacted. */
  #maxBytes: number

  /** Starts with a new file: it has each row once, and no half line at its end. */
  constructor(file: string, storage: Storage) {
    this.#file = file
    this.#storage = storage
    const { descriptor, bytes } = this.#writeCompacted()
    this.#descriptor = descriptor
    this.#bytes = bytes
    this.#maxBytes = maxBytesAfter(bytes)
  }

  append(line: Line): void {
    if (this.#descriptor === undefined) throw new StorageUnavailable(`${this.#file} is closed`)
    if (this.#bytes > this.#maxBytes) this.#compact()
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      writeAt(this.#descriptor, bytes, this.#bytes)
    } catch (cause) {
      // The next line is written over what there is of this one.
      throw new StorageUnavailable(`cannot write to ${this.#file}: ${(cause as Error).message}`, { cause })
    }
    this.#bytes += bytes.length
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  /** A failure, such as a full disk, leaves the old file in use. */
  #compact(): void {
    try {
      const { descriptor, bytes } = this.#writeCompacted()
      this.close()
      this.#descriptor = descriptor
      this.#bytes = bytes
    } catch {}
    this.#maxBytes = maxBytesAfter(this.#bytes)
  }

  /** Writes a new file beside the old one, and replaces it once it is complete and on the disk. */
  #writeCompacted(): { descriptor: number; bytes: number } {
    const draft = `${this.#file}.new`
    const descriptor = openSync(draft, 'w', OWNER_ONLY)
    try {
      let bytes = 0
      for (const text of this.#listLines()) bytes += writeAt(descriptor, Buffer.from(`${text}\n`), bytes)
      // Without it, a power failure could lose all rows: the new name may reach the disk before the content.
      fsyncSync(descriptor)
      renameSync(draft, this.#file)
      return { descriptor, bytes }
    } catch (error) {
      closeSync(descriptor)
      rmSync(draft, { force: true })
      throw error
    }
  }

  *#listLines(): Generator<string> {
    yield HEADER
    for (const row of this.#storage.tables.rows()) yield JSON.stringify({ rows: [row] } satisfies Line)
    for (const blob of this.#storage.blobs.blobs()) yield JSON.stringify({ blobs: [encodeBlob(blob)] } satisfies Line)
  }
}

const maxBytesAfter = (bytes: number): number =>
  Math.max(MIN_COMPACTED_BYTES, Math.min(bytes * MAX_GROWTH, bytes + MAX_GROWTH_BYTES))

/** Writes all bytes at a position, and returns their number. `writeSync` may write a part only. */
function writeAt(descriptor: number, bytes: Uint8Array, position: number): number {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(descriptor, bytes, written, bytes.length - written, position + written)
  }
  return bytes.length
}

const encodeBlob = ({ name, content }: StoredBlob) => ({
  name,
  ...(content && { base64: Buffer.from(content).toString('base64') }),
})

const decodeBlob = ({ name, base64 }: { name: string; base64?: string }): StoredBlob => ({
  name,
  ...(base64 !== undefined && { content: Buffer.from(base64, 'base64') }),
})
