import { app } from '@azure/functions'
import { renderConsoleLine } from '../shared/inspection/consoleLine.js'
import { azureIdentity } from '../shared/platform/azureIdentity.js'
import { describeError } from '../shared/platform/log.js'
import { ConfigError } from '../shared/service/config.js'
import { getService } from '../shared/service/processService.js'
import { accountAddresses } from '../shared/service/production.js'
import type { Service } from '../shared/service/service.js'
import { WrongAccounts } from '../shared/storage/accountCheck.js'
import { createStorage, isEmulator } from '../shared/storage/azure.js'

// The setup of the app, once for all functions.

// Without streaming, the host passes an empty body for a chunked request, and real bots send chunked requests.
app.setup({ enableHttpStream: true })

app.hook.appStart(async function startTelemetry() {
  const { settings } = await getService()
  if (!settings.APPLICATIONINSIGHTS_CONNECTION_STRING) return
  // Loaded only where it is configured, because the library is large.
  const { exportTelemetry } = await import('../shared/platform/telemetryExport.js')
  const stopTelemetry = exportTelemetry({
    connectionString: settings.APPLICATIONINSIGHTS_CONNECTION_STRING,
    // A laptop has no identity on Azure.
    ...(settings.RINGBACK_LOCAL ? {} : { credential: azureIdentity }),
  })
  app.hook.appTerminate(stopTelemetry)
})

app.hook.appStart(async function printEvents() {
  const { eventLog } = await getService()
  eventLog?.listen((entry) => {
    const line = renderConsoleLine(entry, (number) => eventLog.get(number))
    if (line !== undefined) console.log(line)
  })
})

app.hook.appStart(async function prepareStorage() {
  const service = await getService()
  await Promise.all([createEmulatorStorage(service), checkAccounts(service)])
})

/** On Azure the deployment creates the tables and the queues. */
async function createEmulatorStorage({ settings }: Service): Promise<void> {
  const emulators = accountAddresses(settings).filter(isEmulator)
  try {
    await Promise.all(emulators.map(createStorage))
  } catch (cause) {
    const message = `The storage of CALLS_STORAGE does not answer: ${describeError(cause)}. Start Azurite first.`
    throw new ConfigError(message, { cause })
  }
}

/** With other accounts than before, calls would not be found. */
async function checkAccounts({ calls }: Service): Promise<void> {
  try {
    // Reads a call that does not exist, because the tables check their accounts before the first request.
    await calls.read('start')
  } catch (error) {
    // After any other error, such as a table that does not exist yet, the accounts may be right. The tables check again
    // before the next request.
    if (!(error instanceof WrongAccounts)) return
    const remedy = 'Restore CALLS_STORAGE and MORE_CALLS_STORAGE, or name empty accounts (docs/scale.md).'
    throw new ConfigError(`${error.message} ${remedy}`)
  }
}
