import { sendDtmfTonesBody } from '../../shared/graph/requests/sendDtmfTonesBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-send-dtmf-tones',
  summary: 'Presses keys',
  action: 'sendDtmfTones',
  permissions: [],
  body: sendDtmfTonesBody,
  example: { tones: ['tone1', 'pound'], delayBetweenTonesMs: 200 },
  operation: 'sendDtmfTones',
  command: ({ body }) => ({ type: 'sendDtmfTones', ...body }),
})
