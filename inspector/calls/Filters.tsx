import type { CallSummary } from '../../shared/inspection/views.js'
import { describeState, nameOfBot } from '../describe.js'
import { useApp } from '../state/context.js'

/** Chooses calls by application and state. The search and the failed filter are in the header. */
export function Filters({ calls }: { readonly calls: readonly CallSummary[] }) {
  const { view, navigate } = useApp()
  const applications = new Map(calls.map((call) => [call.applicationId, nameOfBot(call)]))
  const states = new Map(calls.map((call) => [call.state as string, describeState(call).word]))
  // The filter of the URL is an option even when no call that is loaded has it.
  if (view.app !== undefined && !applications.has(view.app)) applications.set(view.app, view.app)
  if (view.state !== undefined && !states.has(view.state)) states.set(view.state, view.state)
  states.set('live', 'all live')
  return (
    <div class="filters">
      <Choice
        label="Application"
        all="All bots"
        value={view.app}
        options={applications}
        onChange={(app) => navigate({ app })}
      />
      <Choice
        label="State"
        all="All states"
        value={view.state}
        options={states}
        onChange={(state) => navigate({ state })}
      />
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly all: string
  readonly value: string | undefined
  readonly options: ReadonlyMap<string, string>
  readonly onChange: (value: string | undefined) => void
}

function Choice({ label, all, value = '', options, onChange }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value || undefined)}>
      <option value="">{all}</option>
      {[...options].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  )
}
