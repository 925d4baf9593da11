import type { RowAttempt } from '../../shared/inspection/diagram.js'
import { describeFault } from '../../shared/simulator/faults.js'
import { formatDuration, formatOffset } from '../format.js'

interface Props {
  readonly attempts: readonly RowAttempt[]
  readonly startedAt: number
}

export function AttemptTable({ attempts, startedAt }: Props) {
  return (
    <table>
      <caption>Attempts</caption>
      <thead>
        <tr>
          <th scope="col">At (s)</th>
          <th scope="col">Result</th>
          <th scope="col">Took</th>
          <th scope="col">Then waits</th>
        </tr>
      </thead>
      <tbody>
        {attempts.map(({ at, durationMs, status, error, nextAttemptAt, fault, isResend }) => (
          <tr key={`${at} ${isResend}`}>
            <td>{formatOffset(at - startedAt)}</td>
            <td>
              {status ?? error ?? 'no response'}
              {fault && <span class="tone-retry"> ⚡ {describeFault(fault)}</span>}
              {isResend && <span class="muted"> sent again</span>}
            </td>
            <td>{formatDuration(durationMs)}</td>
            <td>{nextAttemptAt === undefined ? '' : formatDuration(nextAttemptAt - at - durationMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
