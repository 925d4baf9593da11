import { z } from 'zod'
import { advanceCall } from '../shared/advanceCall.js'
import { queueFunction } from '../shared/queueFunction.js'

queueFunction({
  name: 'advanceCall',
  queueName: 'call-timers',
  message: z.object({ callId: z.guid(), timer: z.string() }),
  handle: advanceCall,
})
