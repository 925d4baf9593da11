/** Prints the exchanges of each call as a chapter of its own, although calls overlap. */
import { styleText } from 'node:util'
import { arrowsOf, BOT, replacementArrow, SERVICE } from './arrows.js'
import { drawDiagram } from './diagram.js'
import { findCallId, type Invitee, type Names, readAction, readDelivery } from './messages.js'
import type { Exchange } from './recorder.js'
import { describe, describeInFull, describeReference, shortenIds } from './transcript.js'

interface ChapterText {
  /** A short name, for example `call 1`. */
  readonly name: string
  readonly title: string
  /** One sentence that says what happens in this chapter. */
  readonly summary: string
}

interface Chapter extends ChapterText {
  callId?: string
  readonly entries: Entry[]
  isOver: boolean
}

interface Entry {
  readonly exchange: Exchange
  /** Set when the exchange belongs to another call, and is the invitation that replaces the call of this chapter. */
  readonly replacement?: Invitee
}

/** The chapters in the order in which they are printed. */
export interface Texts {
  readonly setup: ChapterText
  readonly calls: readonly ChapterText[]
  /** The call that the bot makes itself. It overlaps with others and is printed after them. */
  readonly meeting: ChapterText
  /** Messages that belong to none of these calls, or that arrive after their chapter. */
  readonly others: ChapterText
}

interface StoryOptions {
  readonly texts: Texts
  readonly personName: (userId: string) => string
  readonly startedAt: number
  readonly isVerbose: boolean
}

const RULE_WIDTH = 80

export class Story {
  readonly #options: StoryOptions
  readonly #setup: Chapter
  readonly #calls: readonly Chapter[]
  readonly #meeting: Chapter
  readonly #others: Chapter
  readonly #chapters: readonly Chapter[]
  readonly #names: Names
  /** The index of the chapter that is printed at the moment. Messages of later chapters wait. */
  #current = 0

  constructor(options: StoryOptions) {
    const { setup, calls, meeting, others } = options.texts
    this.#options = options
    this.#setup = newChapter(setup)
    this.#calls = calls.map(newChapter)
    this.#meeting = newChapter(meeting)
    this.#others = newChapter(others)
    this.#chapters = [this.#setup, ...this.#calls, this.#meeting, this.#others]
    const nameOfCall = (id: string) => this.#chapters.find(({ callId }) => callId === id)?.name ?? shortenIds(id)
    this.#names = { person: options.personName, call: nameOfCall }
  }

  /** Takes the exchanges in the order in which they began. */
  tell(exchange: Exchange): void {
    const chapter = this.#findChapter(exchange)
    this.#add(chapter, { exchange })
    for (const replacement of readAction(exchange, this.#names)?.invitees ?? []) {
      const { replacedCall } = replacement
      const replaced = this.#chapters.find(({ callId }) => callId !== undefined && callId === replacedCall)
      if (replaced && !replaced.isOver) this.#add(replaced, { exchange, replacement })
    }
    if (readDelivery(exchange)?.what === 'call deleted') chapter.isOver = true
    while (this.#chapters[this.#current]?.isOver) this.#endChapter()
  }

  /** Prints the messages that still wait for an earlier chapter. */
  finish(): void {
    while (this.#current < this.#chapters.length) this.#endChapter()
  }

  #add(chapter: Chapter, entry: Entry): void {
    chapter.entries.push(entry)
    if (chapter !== this.#chapters[this.#current]) return
    if (chapter.entries.length === 1) printHeading(chapter.title, chapter.summary)
    this.#printEntry(entry)
  }

  #endChapter(): void {
    const ended = this.#chapters[this.#current]
    if (ended?.isOver && ended.callId !== undefined) this.#printDiagram(ended)
    this.#current += 1
    const next = this.#chapters[this.#current]
    if (!next || next.entries.length === 0) return
    printHeading(next.title, next.summary)
    for (const entry of next.entries) this.#printEntry(entry)
  }

  /** Finds the chapter of an exchange, and gives a new call its chapter. */
  #findChapter(exchange: Exchange): Chapter {
    const kind = readAction(exchange, this.#names)?.kind
    if (kind === 'call') return this.#beginCall(exchange)
    const callId = findCallId(exchange)
    if (kind === 'join') this.#meeting.callId ??= callId ?? ''
    // A request without a call, such as one for keys, belongs to what happens at the moment.
    const found =
      callId === undefined
        ? this.#chapters[this.#current]
        : this.#chapters.find((chapter) => chapter.callId === callId && !chapter.isOver)
    return found ?? this.#others
  }

  #beginCall(exchange: Exchange): Chapter {
    this.#setup.isOver = true
    while (this.#chapters[this.#current]?.isOver) this.#endChapter()
    const chapter = this.#calls.find(({ callId }) => callId === undefined) ?? this.#others
    chapter.callId = findCallId(exchange) ?? ''
    return chapter
  }

  #printEntry({ exchange, replacement }: Entry): void {
    const { startedAt, isVerbose } = this.#options
    if (replacement) {
      console.log(styleText('dim', describeReference(exchange, startedAt, this.#names)))
    } else if (isVerbose) {
      const [first = '', ...rest] = describeInFull(exchange, startedAt)
      console.log([highlight(exchange, first), ...rest.map((line) => styleText('dim', line))].join('\n'))
    } else {
      console.log(highlight(exchange, describe(exchange, startedAt, this.#names)))
    }
    if (isVerbose) console.log()
  }

  #printDiagram({ entries }: Chapter): void {
    const arrows = entries.flatMap(({ exchange, replacement }) =>
      replacement ? [replacementArrow(replacement)] : arrowsOf(exchange, this.#names),
    )
    const people = arrows.flatMap(({ from, to }) => [from, to]).filter((name) => name !== SERVICE && name !== BOT)
    console.log('')
    for (const line of drawDiagram([...new Set(people), SERVICE, BOT], arrows)) console.log(line)
  }
}

export function printHeading(title: string, summary: string): void {
  console.log(`\n${styleText('bold', `== ${title} `.padEnd(RULE_WIDTH, '='))}\n${summary}\n`)
}

const newChapter = (text: ChapterText): Chapter => ({ ...text, entries: [], isOver: false })

const highlight = ({ status }: Exchange, line: string): string => (status >= 300 ? styleText('red', line) : line)
