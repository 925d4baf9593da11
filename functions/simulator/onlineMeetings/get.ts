import { completeMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { meetingNotFound } from '../../../shared/graph/errors.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import {
  meetingOfId,
  meetingOfVideoTeleconference,
  renderOnlineMeeting,
} from '../../../shared/simulator/onlineMeetings.js'

// A device that dialed in to a meeting knows only its video teleconference id, which it may give in a path without a
// user instead of the id.
registerGraphEndpoint({
  name: 'online-meeting-get',
  area: 'meetings',
  method: 'GET',
  path: 'onlineMeetings/{meetingId}',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
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
