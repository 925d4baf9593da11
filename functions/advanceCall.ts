import { advanceCall } from '../shared/advanceCall.js'
import { queueFunction, timerMessage } from '../shared/queueFunction.js'

queueFunction({
  name: 'advanceCall',
  queueName: 'call-timers',
  message: timerMessage,
  handle: advanceCall,
})
