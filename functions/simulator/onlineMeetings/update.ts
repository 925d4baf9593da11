import { meetingDefaults, updateMeeting } from '../../../shared/engine/onlineMeetings.js'
import { meetingNotFound } from '../../../shared/graph/errors.js'
import { updateMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { meetingOfId, renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-update',
  area: 'meetings',
  method: 'PATCH',
  path: 'onlineMeetings/{meetingId}',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: updateMeetingBody,
  handle: async function updateOnlineMeeting({ service, caller, parameters, body }) {
    const { meetingId = '', userId, version } = parameters
    const meeting = meetingOfId(meetingId, meetingDefaults(service, caller, userId))
    if (!meeting) throw meetingNotFound()
    const changed = await updateMeeting(service, caller, meeting, body)
    return { status: 200, body: renderOnlineMeeting(changed, version) }
  },
})
