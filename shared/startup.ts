import { app } from '@azure/functions'
import { getService, storageAddress } from './service.js'
import { createTablesAndQueues, isEmulator } from './storage/azure.js'

// Real bots send chunked bodies, and without streaming the host delivers those empty.
app.setup({ enableHttpStream: true })

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
