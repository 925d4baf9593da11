import { app } from '@azure/functions'
import { sweep } from '../shared/engine/sweep.js'
import { readSettings } from '../shared/service/config.js'
import { getService } from '../shared/service/service.js'

app.timer('calls-sweep', {
  schedule: readSettings().SWEEP_SCHEDULE,
  handler: async function sweepCalls(_, invocation) {
    await sweep(getService(), (line) => invocation.log(line))
  },
})
