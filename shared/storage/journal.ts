import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { MemoryBlobs, MemoryTables, type StoredBlob, type StoredRow } from './memory.js'
import { StorageUnavailable } from './tables.js'

/** The first line of the file. Another version would be read differently. */
const HEADER = JSON.stringify({ journal: 'ringback', version: 1 })
/** The file is written anew when it has this many times the bytes that its rows need, so that it cannot grow forever. */
const MAX_GROWTH = 4
/** A smaller file is not worth the writing. */
const MIN_COMPACTED_BYTES = 16 * 1024 * 1024

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
 * handed to the operating system and not forced onto the disk: a power failure may lose the last changes.
 *
 * @throws Error when the file cannot be read or is not such a file
 */
export function openJournal(file: string): JournaledStorage {
  const record = (line: Line) => journal.append(line)
  const storage = {
    tables: new MemoryTables((rows) => record({ rows })),
    blobs: new MemoryBlobs((blobs) => record({ blobs: blobs.map(encodeBlob) })),
  }
  mkdirSync(dirname(file), { recursive: true })
  if (existsSync(file)) readLines(file, storage)
  const journal = new Journal(file, storage)
  return { ...storage, close: () => journal.close() }
}

type Storage = Pick<JournaledStorage, 'tables' | 'blobs'>

/** A last line without an end was being written when the process was killed: its request was never answered. */
function readLines(file: string, { tables, blobs }: Storage): void {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  if (lines[0] !== HEADER) throw new Error(`${file} is not a journal of this version of Ringback.`)
  for (const [index, text] of lines.entries()) {
    if (index === 0) continue
    try {
      const line = JSON.parse(text) as Line
      tables.restore(line.rows ?? [])
      blobs.restore((line.blobs ?? []).map(decodeBlob))
    } catch (cause) {
      throw new Error(`${file} is damaged in line ${index + 1}.`, { cause })
    }
  }
}

class Journal {
  readonly #file: string
  readonly #storage: Storage
  #descriptor: number
  #bytes: number
  /** At this size the file is written anew. */
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
    closeSync(this.#descriptor)
  }

  /** A failure, such as a full disk, leaves the old file in use. */
  #compact(): void {
    try {
      const { descriptor, bytes } = this.#writeCompacted()
      closeSync(this.#descriptor)
      this.#descriptor = descriptor
      this.#bytes = bytes
    } catch {}
    this.#maxBytes = maxBytesAfter(this.#bytes)
  }

  /** Writes a new file beside the old one, and replaces it once it is complete. */
  #writeCompacted(): { descriptor: number; bytes: number } {
    const draft = `${this.#file}.new`
    const descriptor = openSync(draft, 'w')
    let bytes = 0
    for (const text of this.#listLines()) bytes += writeAt(descriptor, Buffer.from(`${text}\n`), bytes)
    renameSync(draft, this.#file)
    return { descriptor, bytes }
  }

  *#listLines(): Generator<string> {
    yield HEADER
    for (const row of this.#storage.tables.rows()) yield JSON.stringify({ rows: [row] } satisfies Line)
    for (const blob of this.#storage.blobs.blobs()) yield JSON.stringify({ blobs: [encodeBlob(blob)] } satisfies Line)
  }
}

const maxBytesAfter = (bytes: number): number => Math.max(MIN_COMPACTED_BYTES, bytes * MAX_GROWTH)

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
