import { drain } from '../../shared/delivery/drain.js'
import { registerQueueFunction } from '../../shared/http/registerQueueFunction.js'

registerQueueFunction({ name: 'notifications-dispatch', queueName: 'notifications', handle: drain })
