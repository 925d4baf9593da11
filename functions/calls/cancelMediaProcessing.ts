import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-cancel-media-processing',
  action: 'cancelMediaProcessing',
  permissions: [],
  body: actionBody,
  command: ({ body }) => ({ type: 'cancelMediaProcessing', ...body }),
})
