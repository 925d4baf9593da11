import { app } from '@azure/functions'
import { getService } from '../shared/service.js'
import '../shared/startup.js'
import { sweep } from '../shared/sweep.js'

app.timer('sweepCalls', {
  schedule: getService().settings.SWEEP_SCHEDULE,
  handler: (_, invocation) => sweep(getService(), (line) => invocation.log(line)),
})
