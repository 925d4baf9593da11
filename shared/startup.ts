import { app } from '@azure/functions'
import { azureIdentity } from './azureIdentity.js'
import { getService, storageAddress } from './service.js'
import { createTablesAndQueues, isEmulator } from './storage/azure.js'

// Real bots send chunked bodies, and without streaming the host delivers those empty.
app.setup({ enableHttpStream: true })

// Whoever watches is told from the first request on. Loaded only where it is configured, for it is large.
app.hook.appStart(async () => {
  const { settings } = getService()
  if (!settings.APPLICATIONINSIGHTS_CONNECTION_STRING) return
  const { exportTelemetry } = await import('./telemetryExport.js')
  const stop = exportTelemetry({
    connectionString: settings.APPLICATIONINSIGHTS_CONNECTION_STRING,
    // A laptop has no identity on Azure.
    ...(settings.RINGBACK_LOCAL ? {} : { credential: azureIdentity }),
  })
  app.hook.appTerminate(stop)
})

// On Azure the deployment makes them. The emulator has nobody else, and the real queue trigger does not create its queue.
app.hook.appStart(async () => {
  const storage = storageAddress(getService().settings)
  if (!isEmulator(storage)) return
  try {
    await createTablesAndQueues(storage)
  } catch (cause) {
    throw new Error(`The storage of CALLS_STORAGE does not answer (${cause}). Is Azurite running?`, { cause })
  }
})
