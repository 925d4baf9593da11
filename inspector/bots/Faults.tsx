import type { BotView } from '../../shared/inspection/views.js'
import type { Fault, FaultList, FaultState } from '../../shared/simulator/faults.js'
import { readField } from '../parts/forms.js'
import { useAction, useApp } from '../state/context.js'
import { faultsPath, useFaults } from '../state/useFaults.js'
import { describeInjectedFault, PRESETS } from './faultPresets.js'

/** More than any retry schedule needs. */
const MAX_TIMES = 100

/** Lets the next messages to or from a bot fail, to see what the bot and Ringback make of it. */
export function Faults({ bot }: { readonly bot: BotView }) {
  const { api } = useApp()
  const run = useAction()
  const { faults, reload } = useFaults(bot.applicationId)
  const path = faultsPath(bot.applicationId)
  /** Replaces the faults that are left, as they are now, by what `change` makes of them. */
  const replace = (change: (left: readonly Fault[]) => readonly Fault[], report: string): void =>
    run(async () => {
      const { seed, faults: current } = await api.get<FaultList>(path)
      await api.put(path, { seed, faults: change(current.filter(isLeft).map(toRest)) })
      await reload()
      return report
    })
  const inject = (event: SubmitEvent): void => {
    event.preventDefault()
    const preset = PRESETS[Number(readField(event, 'preset'))]
    if (!preset) return
    const added = { ...preset, times: Number(readField(event, 'times')) }
    replace((left) => [...left, added], `Injected a fault into the messages of ${bot.displayName}.`)
  }
  const remove = (title: string): void =>
    replace(
      (left) => left.filter((fault) => describeInjectedFault(fault) !== title),
      `Removed the fault ${title} of ${bot.displayName}.`,
    )
  return (
    <>
      {faults.filter(isLeft).map((fault, index) => {
        const title = describeInjectedFault(fault)
        return (
          <p key={`${index} ${title}`} class="fault">
            <span class="mark tone-retry">
              <span aria-hidden="true">⚡</span> Fault: {title}
            </span>{' '}
            {fault.remaining === 'always' ? 'always' : `${fault.remaining} left`}{' '}
            <button
              type="button"
              aria-label={`Remove the fault ${title} of ${bot.displayName}`}
              onClick={() => remove(title)}
            >
              Remove
            </button>
          </p>
        )
      })}
      <details>
        <summary>Inject a fault</summary>
        <form class="fields" onSubmit={inject}>
          <label>
            Fault{' '}
            <select name="preset">
              {PRESETS.map((preset, index) => {
                const title = describeInjectedFault(preset)
                return (
                  <option key={title} value={index}>
                    {title}
                  </option>
                )
              })}
            </select>
          </label>
          <label>
            Times <input name="times" type="number" min={1} max={MAX_TIMES} defaultValue={2} required />
          </label>
          <button type="submit">Inject</button>
        </form>
      </details>
    </>
  )
}

const isLeft = ({ remaining }: FaultState): boolean => remaining !== 0

/** A fault as it is set again: as often as it is left, and without the messages that have passed. */
const toRest = ({ fired, remaining, ...fault }: FaultState): Fault => ({
  ...fault,
  times: remaining,
  skip: fired > 0 ? 0 : fault.skip,
})
