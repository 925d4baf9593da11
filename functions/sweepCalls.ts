import { app } from '@azure/functions'
import { sweep } from '../shared/engine/sweep.js'
import { readSettings } from '../shared/service/config.js'
import { getService } from '../shared/service/processService.js'

app.timer('calls-sweep', {
  schedule: readSettings().SWEEP_SCHEDULE,
  handler: async function sweepCalls(_, invocation) {
    await sweep(await getService(), (line) => invocation.log(line))
  },
})
