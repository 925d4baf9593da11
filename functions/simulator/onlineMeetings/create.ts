import { createMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { createMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hashToMeetingNumber, meetingOfNumber, renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-create',
  area: 'meetings',
  method: 'POST',
  path: 'onlineMeetings',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: createMeetingBody,
  handle: async function createOnlineMeeting({ service, caller, parameters, body }) {
    const defaults = meetingDefaults(service, caller, parameters.userId, body.organizerId)
    const propose = () => ({
      ...meetingOfNumber(hashToMeetingNumber(service.newId()), defaults),
      ...body.properties,
    })
    const { meeting } = await createMeeting(service, propose)
    return { status: 201, body: renderOnlineMeeting(meeting, parameters.version) }
  },
})
