import { sendDtmfTonesBody } from '../../shared/graph/requests/sendDtmfTonesBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-send-dtmf-tones',
  action: 'sendDtmfTones',
  permissions: [],
  body: sendDtmfTonesBody,
  command: ({ body }) => ({ type: 'sendDtmfTones', ...body }),
})
