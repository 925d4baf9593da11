import type { Place, Source } from './source.js'

/** Renders a line of a file with a caret below a place of it, and a note behind the caret. */
export function renderFrame({ lines }: Pick<Source, 'lines'>, { line, column, length }: Place, note = ''): string {
  const number = String(line)
  const margin = ' '.repeat(number.length)
  // The tabs of the line stay, so that the caret is below its place.
  const indentation = (lines[line - 1] ?? '').slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  const carets = `${margin} | ${indentation}${'^'.repeat(length)}${note === '' ? '' : ` ${note}`}`
  return `${number} | ${lines[line - 1] ?? ''}\n${carets}`
}
