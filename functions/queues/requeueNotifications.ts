import { registerRequeueFunction } from '../../shared/http/registerQueueFunction.js'

registerRequeueFunction({ name: 'notifications-requeue', queueName: 'notifications' })
