import type { Diagram } from '../../shared/inspection/diagram.js'
import { renderLadder } from '../../shared/inspection/ladder.js'
import { renderMermaid } from '../../shared/inspection/mermaid.js'
import type { CallExport, CallView } from '../../shared/inspection/views.js'
import { moveInMainList } from '../keyboard.js'
import { copyText, saveFile } from '../parts/clipboard.js'
import { useAction, useApp } from '../state/context.js'
import type { Follow } from './useFollow.js'

interface Props {
  readonly call: CallView
  readonly diagram: Diagram
  readonly follow: Follow
  readonly onNextFailed: () => void
}

export function Toolbar({ call, diagram, follow, onNextFailed }: Props) {
  const run = useAction()
  const hasFailures = diagram.rows.some(({ outcome }) => outcome === 'failed')
  const { api } = useApp()
  const saveJson = (): void =>
    run(async () => {
      const exported = await api.get<CallExport>(`/inspector/calls/${call.id}/export`)
      saveFile(`call-${call.id}.json`, JSON.stringify(exported, undefined, 2), 'application/json')
      return 'Saved the call with its messages.'
    })
  const saveMermaid = (): void => saveFile(`call-${call.id}.mmd`, renderMermaid(diagram), 'text/plain')
  return (
    <div class="toolbar" role="toolbar" aria-label="Diagram">
      <button type="button" aria-pressed={follow.isOn} onClick={follow.toggle}>
        Follow
      </button>
      <button type="button" aria-label="Previous row" onClick={() => moveInMainList(-1)}>
        <span aria-hidden="true">↑</span>
      </button>
      <button type="button" aria-label="Next row" onClick={() => moveInMainList(1)}>
        <span aria-hidden="true">↓</span>
      </button>
      <button type="button" disabled={!hasFailures} onClick={onNextFailed}>
        Next failed
      </button>
      <span class="grow" />
      <button type="button" onClick={() => run(() => copyText(renderLadder(diagram), 'the ladder'))}>
        Copy ladder
      </button>
      <button type="button" onClick={saveMermaid}>
        Mermaid
      </button>
      <button type="button" onClick={saveJson}>
        JSON
      </button>
    </div>
  )
}
