// What a part of the benchmark returns.

/** Options of a run. */
export interface RunOptions {
  /** Scales a count of the full benchmark: a quick run does a tenth of it, but at least one. */
  scale(count: number): number
}

export type Cell = string | number

/** A table of results. */
export interface ResultTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** The columns that a chart shows, by their numbers, and the unit of its axis. */
  readonly chart?: { readonly file: string; readonly columns: readonly number[]; readonly unit: string }
}

/** A part of the benchmark. */
export interface Part {
  readonly name: string
  run(options: RunOptions): Promise<ResultTable[]>
}

/** Rounds to three significant digits, and to whole numbers from 100 on. */
export const round = (value: number): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))

export const ratio = (ours: number, theirs: number): number => Number((ours / theirs).toFixed(2))
