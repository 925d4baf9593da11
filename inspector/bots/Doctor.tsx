import { useState } from 'preact/hooks'
import type { BotView, DoctorCheck, DoctorReport } from '../../shared/inspection/views.js'
import type { Mark } from '../describe.js'
import { MarkView } from '../parts/MarkView.js'
import { useAction, useApp } from '../state/context.js'

const CHECK_TITLES: Readonly<Record<DoctorCheck['name'], string>> = { callback: 'Callback', token: 'Token' }
const RESULT_MARKS: Readonly<Record<DoctorCheck['result'], Mark>> = {
  ok: { glyph: '✓', word: 'ok', tone: 'ok' },
  warning: { glyph: '!', word: 'warning', tone: 'retry' },
  failed: { glyph: '✕', word: 'failed', tone: 'dead' },
}

/** Tries the callback of a bot, and shows what was seen. */
export function Doctor({ bot }: { readonly bot: BotView }) {
  const { api } = useApp()
  const run = useAction()
  const [report, setReport] = useState<DoctorReport>()
  const [isRunning, setIsRunning] = useState(false)
  const check = (): void => {
    setIsRunning(true)
    run(async () => {
      try {
        setReport(await api.post<DoctorReport>(`/inspector/bots/${bot.applicationId}/doctor`))
      } finally {
        setIsRunning(false)
      }
      return `Checked ${bot.displayName}.`
    })
  }
  return (
    <div>
      <button type="button" aria-label={`Doctor for ${bot.displayName}`} disabled={isRunning} onClick={check}>
        {isRunning ? 'Checking' : 'Doctor'}
      </button>
      {report && (
        <ul class="checks">
          {report.checks.map(({ name, result, finding, advice }) => (
            <li key={name}>
              <strong>{CHECK_TITLES[name]}</strong> <MarkView mark={RESULT_MARKS[result]} />
              <p>{finding}</p>
              {advice && <p>{advice}</p>}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
