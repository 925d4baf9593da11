import { z } from 'zod'
import { drain } from '../shared/delivery/drain.js'
import { queueFunction } from '../shared/queueFunction.js'

queueFunction({
  name: 'dispatchNotifications',
  queueName: 'notifications',
  message: z.object({ callId: z.guid(), epoch: z.int().optional() }),
  handle: drain,
})
