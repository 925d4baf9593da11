import type { BotView, CallSummary } from '../shared/inspection/views.js'
import { PhonePane } from './PhonePane.js'
import { PeoplePanel } from './phone/People.js'
import { useApp } from './state/context.js'

interface Props {
  readonly calls: readonly CallSummary[]
  readonly bots: readonly BotView[]
}

export function PeopleTab({ calls, bots }: Props) {
  const { view } = useApp()
  return (
    <main class={`wide people ${view.person === undefined ? '' : 'has-phone'}`}>
      <PeoplePanel calls={calls} bots={bots} />
      <PhonePane />
    </main>
  )
}
