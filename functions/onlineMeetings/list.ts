import { invalidRequest } from '../../shared/graph/errors.js'
import { readFilter } from '../../shared/graph/filters.js'
import { readJoinUrl } from '../../shared/graph/joinUrls.js'
import { onlineMeeting, threadOf } from '../../shared/graph/onlineMeetings.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'online-meeting-list',
  area: 'people',
  method: 'GET',
  path: 'onlineMeetings',
  permissions: [],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  async handle({ service, caller, parameters, query }) {
    const { property, value = '' } = readFilter(query) ?? {}
    const createdAt = service.clock.now()
    if (property === 'joinweburl') {
      const found = readJoinUrl(value)
      return { status: 200, body: { value: found ? [onlineMeeting({ ...found, createdAt }, parameters.version)] : [] } }
    }
    if (property === 'joinmeetingidsettings/joinmeetingid') {
      const number = value.replaceAll(' ', '')
      const found = {
        threadId: threadOf(number),
        messageId: '0',
        organizerId: parameters.userId ?? caller.applicationId,
        tenantId: caller.tenantId,
        createdAt,
      }
      return { status: 200, body: { value: /^\d+$/.test(number) ? [onlineMeeting(found, parameters.version)] : [] } }
    }
    throw invalidRequest("$filter: must be JoinWebUrl eq '...' or joinMeetingIdSettings/joinMeetingId eq '...'.")
  },
})
