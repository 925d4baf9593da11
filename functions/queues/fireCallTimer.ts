import { fireCallTimer } from '../../shared/engine/fireCallTimer.js'
import { registerQueueFunction } from '../../shared/http/registerQueueFunction.js'

registerQueueFunction({ name: 'call-timer-fire', queueName: 'call-timers', handle: fireCallTimer })
