import { meetingDefaults, updateMeeting } from '../../../shared/engine/onlineMeetings.js'
import { meetingNotFound } from '../../../shared/graph/errors.js'
import { meetingReply } from '../../../shared/graph/replies/meeting.js'
import { updateMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { meetingOfId, renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-update',
  summary: 'Changes a meeting',
  area: 'meetings',
  method: 'PATCH',
  path: 'onlineMeetings/{meetingId}',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: updateMeetingBody,
  example: { subject: 'Planning', startDateTime: '2026-01-31T09:30:00Z', endDateTime: '2026-01-31T10:30:00Z' },
  replies: { 200: meetingReply },
  handle: async function updateOnlineMeeting({ service, caller, parameters, body }) {
    const { meetingId = '', userId, version } = parameters
    const meeting = meetingOfId(meetingId, meetingDefaults(service, caller, userId))
    if (!meeting) throw meetingNotFound()
    const changed = await updateMeeting(service, caller, meeting, body)
    return { status: 200, body: renderOnlineMeeting(changed, version) }
  },
})
