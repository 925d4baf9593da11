import { logLine } from '../shared/log.js'
import { queueFunction, timerMessage } from '../shared/queueFunction.js'

// A hint on which its function has failed again and again is not the end of what it was about: it begins anew.
queueFunction({
  name: 'reviveTimers',
  queueName: 'call-timers-poison',
  message: timerMessage,
  async handle({ queues }, { callId, timer }, log) {
    log(logLine('hint.revived', { queue: 'call-timers', call: callId, timer }))
    await queues.send('call-timers', { callId, timer }, 0)
  },
})
