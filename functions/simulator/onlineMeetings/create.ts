import { createMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { meetingReply } from '../../../shared/graph/replies/meeting.js'
import { createMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hashToMeetingNumber, meetingOfNumber, renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-create',
  summary: 'Creates a meeting',
  area: 'meetings',
  method: 'POST',
  path: 'onlineMeetings',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: createMeetingBody,
  example: { subject: 'Planning', startDateTime: '2026-01-31T09:30:00Z', endDateTime: '2026-01-31T10:30:00Z' },
  replies: { 201: meetingReply },
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
