import { completeMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { meetingNotFound } from '../../../shared/graph/errors.js'
import { meetingReply } from '../../../shared/graph/replies/meeting.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import {
  meetingOfId,
  meetingOfVideoTeleconference,
  renderOnlineMeeting,
} from '../../../shared/simulator/onlineMeetings.js'

// In a path without a user, the id may also be a video teleconference id, because a device that dialed in to a meeting
// knows nothing else.
registerGraphEndpoint({
  name: 'online-meeting-get',
  summary: 'Reads a meeting; without a user, the id can be a video teleconference id',
  area: 'meetings',
  method: 'GET',
  path: 'onlineMeetings/{meetingId}',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  replies: { 200: meetingReply },
  handle: async function getOnlineMeeting({ service, caller, parameters }) {
    const { meetingId = '', userId, version } = parameters
    const defaults = meetingDefaults(service, caller, userId)
    const meeting =
      meetingOfId(meetingId, defaults) ??
      (userId === undefined ? meetingOfVideoTeleconference(meetingId, defaults) : undefined)
    if (!meeting) throw meetingNotFound()
    return { status: 200, body: renderOnlineMeeting(await completeMeeting(service, caller, meeting), version) }
  },
})
