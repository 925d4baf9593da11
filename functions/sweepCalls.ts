import { app } from '@azure/functions'
import { sweep } from '../shared/engine/sweep.js'
import { getService, getSettings } from '../shared/service/processService.js'

app.timer('calls-sweep', {
  schedule: getSettings().SWEEP_SCHEDULE,
  handler: async function sweepCalls(_, invocation) {
    await sweep(await getService(), (line) => invocation.log(line))
  },
})
