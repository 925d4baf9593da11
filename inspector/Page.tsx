import { useEffect, useState } from 'preact/hooks'
import { Alerts } from './Alerts.js'
import type { Api } from './api.js'
import { BotsTab } from './bots/BotsTab.js'
import { CallForm } from './bots/CallForm.js'
import { CallsTab } from './calls/CallsTab.js'
import { hasFailed } from './describe.js'
import { focusSearch, Header } from './Header.js'
import { KeysDialog } from './KeysDialog.js'
import { moveInFocusedList, moveInMainList, useKeys } from './keyboard.js'
import { PeopleTab } from './PeopleTab.js'
import { saveFile } from './parts/clipboard.js'
import { Dialog } from './parts/Dialog.js'
import { filterCalls } from './state/calls.js'
import { type AppContext, Context, useAction, useApp } from './state/context.js'
import type { Feed } from './state/feed.js'
import type { TokenPrompt } from './state/tokenPrompt.js'
import { useBots } from './state/useBots.js'
import { useCalls } from './state/useCalls.js'
import { useView } from './state/useView.js'
import { TokenForm } from './TokenForm.js'

interface Props {
  readonly api: Api
  readonly feed: Feed
  readonly tokenPrompt: TokenPrompt
}

export function Page({ api, feed, tokenPrompt }: Props) {
  const [view, navigate] = useView()
  const [status, report] = useState('Connecting')
  const context: AppContext = { api, feed, view, navigate, report }
  return (
    <Context.Provider value={context}>
      <TokenForm tokenPrompt={tokenPrompt} />
      <Content />
      <footer class="status line">
        <span role="status">{status}</span>
        <SaveLog />
      </footer>
    </Context.Provider>
  )
}

/** Saves the whole event log as a file. */
function SaveLog() {
  const { api } = useApp()
  const run = useAction()
  const save = (): void =>
    run(async () => {
      const log = await api.getBlob('/inspector/log')
      saveFile('ringback.ndjson', log)
      return 'Saved the log.'
    })
  return (
    <button type="button" class="quiet" onClick={save}>
      Save the log
    </button>
  )
}

function Content() {
  const { view, navigate } = useApp()
  const calls = useCalls()
  const bots = useBots()
  const [dialog, setDialog] = useState<'keys' | 'call'>()
  useConnectionStatus()
  const failedCalls = calls.calls.filter(hasFailed)

  const openNextFailed = (): void => {
    const shown = filterCalls(failedCalls, view)
    const next = shown[shown.findIndex(({ id }) => id === view.call) + 1] ?? shown[0]
    if (next) navigate({ call: next.id })
  }
  useKeys({
    j: () => moveInMainList(1),
    k: () => moveInMainList(-1),
    ArrowDown: () => moveInFocusedList(1),
    ArrowUp: () => moveInFocusedList(-1),
    '/': focusSearch,
    '?': () => setDialog('keys'),
    Escape: () => navigate(view.person === undefined ? { call: undefined } : { person: undefined }),
    // In a call, the key is that of its diagram.
    n: view.call === undefined ? openNextFailed : undefined,
  })
  const onCall = (callId: string): void => {
    setDialog(undefined)
    navigate({ tab: 'calls', call: callId })
  }

  return (
    <>
      <Header
        failedCount={failedCalls.length}
        onShowKeys={() => setDialog('keys')}
        onCallBot={() => setDialog('call')}
      />
      <Alerts calls={calls.calls} />
      {view.tab === 'calls' && <CallsTab calls={calls} bots={bots} onCall={onCall} />}
      {view.tab === 'bots' && <BotsTab bots={bots} onCall={onCall} />}
      {view.tab === 'people' && <PeopleTab calls={calls.calls} bots={bots.bots} />}
      {dialog === 'keys' && <KeysDialog onClose={() => setDialog(undefined)} />}
      {dialog === 'call' && (
        <Dialog title="Call a bot" onClose={() => setDialog(undefined)}>
          <CallForm bots={bots.bots} onCall={onCall} />
        </Dialog>
      )}
    </>
  )
}

/** Says in the status line whether the page is up to date. */
function useConnectionStatus(): void {
  const { feed, report } = useApp()
  useEffect(
    () =>
      feed.subscribe((update) => {
        if (update.type === 'connected') report('Live')
        if (update.type === 'unrecorded') report('Not recorded here: shows what is stored.')
        if (update.type === 'restarted') report('Live. The service was restarted.')
        if (update.type === 'disconnected') report(`Not live: ${update.reason} Trying again.`)
      }),
    [],
  )
}
