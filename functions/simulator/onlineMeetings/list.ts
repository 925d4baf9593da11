import { completeMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { invalidRequest } from '../../../shared/graph/errors.js'
import { filterQuery, readFilter } from '../../../shared/graph/filters.js'
import { meetingListReply } from '../../../shared/graph/replies/meeting.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import {
  meetingOfJoinMeetingId,
  meetingOfJoinUrl,
  meetingOfVideoTeleconference,
  renderOnlineMeeting,
} from '../../../shared/simulator/onlineMeetings.js'

/** How a meeting is found, by the property of the filter in lower case. */
const FINDERS = new Map([
  ['joinweburl', meetingOfJoinUrl],
  ['joinmeetingidsettings/joinmeetingid', meetingOfJoinMeetingId],
  ['videoteleconferenceid', meetingOfVideoTeleconference],
])
const FILTERS = "JoinWebUrl eq '...', joinMeetingIdSettings/joinMeetingId eq '...' or VideoTeleconferenceId eq '...'"

registerGraphEndpoint({
  name: 'online-meeting-list',
  summary: 'Finds a meeting by its join URL, number or video teleconference id',
  area: 'meetings',
  method: 'GET',
  path: 'onlineMeetings',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  query: filterQuery,
  replies: { 200: meetingListReply },
  handle: async function listOnlineMeetings({ service, caller, parameters, query }) {
    const { property = '', value = '' } = readFilter(query) ?? {}
    const findMeeting = FINDERS.get(property)
    if (!findMeeting) throw invalidRequest(`$filter: must be ${FILTERS}.`)
    const meeting = findMeeting(value, meetingDefaults(service, caller, parameters.userId))
    const found = meeting ? [await completeMeeting(service, caller, meeting)] : []
    return { status: 200, body: { value: found.map((item) => renderOnlineMeeting(item, parameters.version)) } }
  },
})
