import { drain } from '../shared/delivery/drain.js'
import { queueFunction, wakeMessage } from '../shared/queueFunction.js'

queueFunction({
  name: 'dispatchNotifications',
  queueName: 'notifications',
  message: wakeMessage,
  handle: drain,
})
