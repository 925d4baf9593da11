import type { RowAttempt } from '../../shared/inspection/diagram.js'
import { isAcknowledged } from '../../shared/inspection/entries.js'

const WIDTH = 64
const HEIGHT = 12
const TICK = 3

/** The attempts at a notification on a line of time: the waits between them are drawn to scale. */
export function WaitBar({ attempts }: { readonly attempts: readonly RowAttempt[] }) {
  const start = attempts[0]?.at ?? 0
  const end = Math.max(...attempts.map(({ at, nextAttemptAt }) => nextAttemptAt ?? at))
  const scale = (WIDTH - TICK) / Math.max(1, end - start)
  return (
    <svg class="wait-bar" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      {attempts.map((attempt) => (
        <rect
          key={attempt.at}
          class={isAcknowledged(attempt) ? 'tone-ok' : 'tone-dead'}
          x={(attempt.at - start) * scale}
          y={0}
          width={TICK}
          height={HEIGHT}
        />
      ))}
    </svg>
  )
}
