import { registerRequeueFunction } from '../../shared/http/registerQueueFunction.js'

registerRequeueFunction({ name: 'call-timers-requeue', queueName: 'call-timers' })
