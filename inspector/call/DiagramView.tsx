import { useMemo } from 'preact/hooks'
import type { Diagram, Lane } from '../../shared/inspection/diagram.js'
import { count } from '../../shared/inspection/labels.js'
import { formatDuration } from '../format.js'
import { Rows } from '../parts/Rows.js'
import { hrefOf } from '../parts/ViewLink.js'
import { useApp } from '../state/context.js'
import { addGaps } from './diagramItems.js'
import { RowView } from './RowView.js'
import type { Follow } from './useFollow.js'

interface Props {
  readonly diagram: Diagram
  /** When the call began: the time zero of the diagram. */
  readonly startedAt: number
  readonly chosenKey: string | undefined
  readonly follow: Follow
  readonly onOpen: (key: string) => void
}

/** The messages of a call as a sequence diagram: one lane for each who sends or receives, one row for each message. */
export function DiagramView({ diagram, startedAt, chosenKey, follow, onOpen }: Props) {
  const { view } = useApp()
  const items = useMemo(() => addGaps(diagram.rows), [diagram])
  const laneCount = { '--lanes': diagram.lanes.length }
  return (
    <div class="diagram-frame">
      <div class="diagram" ref={follow.scroller} onScroll={follow.onScroll} style={laneCount}>
        <div class="lane-heads">
          <span class="time muted">seconds</span>
          {diagram.lanes.map((lane) => (
            <LaneHead key={lane.id} lane={lane} />
          ))}
        </div>
        <div class="diagram-body">
          <div class="lane-lines" aria-hidden="true">
            {diagram.lanes.map((lane) => (
              <span key={lane.id} />
            ))}
          </div>
          {items.length === 0 && <p class="muted">No messages yet.</p>}
          <Rows
            class="rows diagram-rows"
            label="Messages"
            firstKey={items.find(({ type }) => type === 'row')?.key}
            chosenKey={chosenKey}
            onOpen={onOpen}
          >
            {(tabKey) =>
              items.map((item) =>
                item.type === 'gap' ? (
                  <li key={item.key} class="gap">
                    no messages for {formatDuration(item.durationMs)}
                  </li>
                ) : (
                  <RowView
                    key={item.key}
                    row={item.row}
                    lanes={diagram.lanes}
                    startedAt={startedAt}
                    href={hrefOf(view, { m: item.key })}
                    isChosen={item.key === chosenKey}
                    isTabStop={item.key === tabKey}
                  />
                ),
              )
            }
          </Rows>
        </div>
      </div>
      {follow.newCount > 0 && !follow.isOn && (
        <button type="button" class="new-rows primary" onClick={follow.toggle}>
          {count(follow.newCount, 'new row')}
        </button>
      )}
    </div>
  )
}

function LaneHead({ lane }: { readonly lane: Lane }) {
  const { navigate } = useApp()
  if (lane.kind !== 'person') return <span class="lane">{lane.title}</span>
  const person = lane.id.slice('person:'.length)
  return (
    <button type="button" class="lane quiet" aria-label={`Phone of ${lane.title}`} onClick={() => navigate({ person })}>
      {lane.title}
    </button>
  )
}
