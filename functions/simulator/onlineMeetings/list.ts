import { invalidRequest } from '../../../shared/graph/errors.js'
import { readFilter } from '../../../shared/graph/filters.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { readJoinUrl } from '../../../shared/simulator/joinUrls.js'
import { renderOnlineMeeting, toThreadId } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-list',
  area: 'people',
  method: 'GET',
  path: 'onlineMeetings',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  handle: async function listOnlineMeetings({ service, caller, parameters, query }) {
    const { property, value = '' } = readFilter(query) ?? {}
    const createdAt = service.clock.now()
    if (property === 'joinweburl') {
      const joinUrl = readJoinUrl(value)
      return {
        status: 200,
        body: { value: joinUrl ? [renderOnlineMeeting({ ...joinUrl, createdAt }, parameters.version)] : [] },
      }
    }
    if (property === 'joinmeetingidsettings/joinmeetingid') {
      const number = value.replaceAll(' ', '')
      const meeting = {
        threadId: toThreadId(number),
        messageId: '0',
        organizerId: parameters.userId ?? caller.applicationId,
        tenantId: caller.tenantId,
        createdAt,
      }
      return {
        status: 200,
        body: { value: /^\d+$/.test(number) ? [renderOnlineMeeting(meeting, parameters.version)] : [] },
      }
    }
    throw invalidRequest("$filter: must be JoinWebUrl eq '...' or joinMeetingIdSettings/joinMeetingId eq '...'.")
  },
})
