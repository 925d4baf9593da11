import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-cancel-media-processing',
  summary: 'Cancels the prompts and recordings that run or wait',
  action: 'cancelMediaProcessing',
  permissions: [],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'cancelMediaProcessing',
  command: ({ body }) => ({ type: 'cancelMediaProcessing', ...body }),
})
