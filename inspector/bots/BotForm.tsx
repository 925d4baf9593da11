import { DIALECT_TITLES } from '../describe.js'
import { GUID_PATTERN, readField } from '../parts/forms.js'
import { useAction, useApp } from '../state/context.js'

/** The sample bot of `npm run bot`, so that the first registration needs no typing. */
const SAMPLE_BOT = {
  applicationId: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11',
  displayName: 'My bot',
  tenantId: '2432b57b-0abd-43db-aa7b-16eadd115d34',
  callingWebhook: 'http://localhost:3978/api/calls',
  dialect: 'app',
}

export function BotForm({ onRegistered }: { readonly onRegistered: () => Promise<void> }) {
  const { api } = useApp()
  const run = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const names = ['displayName', 'tenantId', 'callingWebhook', 'dialect']
    const bot = Object.fromEntries(names.map((name) => [name, readField(event, name)]))
    const id = readField(event, 'applicationId')
    run(async () => {
      await api.put(`/bots/${id}`, bot)
      await onRegistered()
      return `Registered ${bot.displayName}.`
    })
  }
  return (
    <form class="fields" onSubmit={submit}>
      <label>
        Name <input name="displayName" required maxLength={256} defaultValue={SAMPLE_BOT.displayName} />
      </label>
      <label>
        Application id{' '}
        <input
          name="applicationId"
          class="id"
          required
          pattern={GUID_PATTERN}
          defaultValue={SAMPLE_BOT.applicationId}
        />
      </label>
      <label>
        Tenant id{' '}
        <input name="tenantId" class="id" required pattern={GUID_PATTERN} defaultValue={SAMPLE_BOT.tenantId} />
      </label>
      <label>
        Calling webhook{' '}
        <input name="callingWebhook" class="id" type="url" required defaultValue={SAMPLE_BOT.callingWebhook} />
      </label>
      <label>
        Dialect{' '}
        <select name="dialect" defaultValue={SAMPLE_BOT.dialect}>
          {Object.entries(DIALECT_TITLES).map(([dialect, title]) => (
            <option key={dialect} value={dialect}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <p class="muted">These are the values of the sample bot.</p>
      <button type="submit" class="primary">
        Register
      </button>
    </form>
  )
}
