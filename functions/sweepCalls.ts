import { app } from '@azure/functions'
import { readSettings } from '../shared/config.js'
import { getService } from '../shared/service.js'
import '../shared/startup.js'
import { sweep } from '../shared/sweep.js'

app.timer('sweepCalls', {
  schedule: readSettings().SWEEP_SCHEDULE,
  handler: (_, invocation) => sweep(getService(), (line) => invocation.log(line)),
})
