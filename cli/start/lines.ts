import { renderConsoleLine } from '../../shared/inspection/consoleLine.js'
import type { EventLog } from '../../shared/inspection/eventLog.js'
import { colorLine, isFailed } from '../eventPrinter.js'
import type { Output } from '../output.js'

/** Which lines are printed. */
export interface Lines {
  /** Only refused requests, failed deliveries and dead letters. */
  failedOnly: boolean
}

/** Prints what happens, a line each, from now on. */
export function printEvents(eventLog: EventLog | undefined, output: Output): Lines {
  const lines: Lines = { failedOnly: false }
  eventLog?.listen((entry) => {
    if (lines.failedOnly && !isFailed(entry)) return
    const line = renderConsoleLine(entry, (number) => eventLog.get(number))
    if (line !== undefined) output.print(entry, colorLine(entry, line, output))
  })
  return lines
}
