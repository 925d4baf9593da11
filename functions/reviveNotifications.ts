import { logLine } from '../shared/log.js'
import { queueFunction, wakeMessage } from '../shared/queueFunction.js'

// A hint on which its function has failed again and again is not the end of what it was about: it begins anew.
queueFunction({
  name: 'reviveNotifications',
  queueName: 'notifications-poison',
  message: wakeMessage,
  async handle({ queues }, { callId }, log) {
    log(logLine('hint.revived', { queue: 'notifications', call: callId }))
    await queues.send('notifications', { callId }, 0)
  },
})
