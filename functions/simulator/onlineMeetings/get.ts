import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import {
  hashToMeetingNumber,
  renderOnlineMeeting,
  toOrganizerId,
  toThreadId,
} from '../../../shared/simulator/onlineMeetings.js'

// A device that dialed in to a meeting knows only its video teleconference id, so this endpoint has no user in its
// path.
registerGraphEndpoint({
  name: 'online-meeting-get',
  method: 'GET',
  path: 'onlineMeetings/{videoTeleconferenceId}',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  handle: async function getOnlineMeeting({ service, caller, parameters }) {
    const { videoTeleconferenceId = '', version } = parameters
    const number = /^\d+$/.test(videoTeleconferenceId)
      ? videoTeleconferenceId
      : hashToMeetingNumber(videoTeleconferenceId)
    const meeting = {
      threadId: toThreadId(number),
      messageId: '0',
      organizerId: toOrganizerId(number),
      tenantId: caller.tenantId,
      createdAt: service.clock.now(),
    }
    return { status: 200, body: { ...renderOnlineMeeting(meeting, version), videoTeleconferenceId } }
  },
})
