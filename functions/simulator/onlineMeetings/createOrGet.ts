import { createMeeting, meetingDefaults } from '../../../shared/engine/onlineMeetings.js'
import { meetingReply } from '../../../shared/graph/replies/meeting.js'
import { createOrGetMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hashToMeetingNumber, meetingOfNumber, renderOnlineMeeting } from '../../../shared/simulator/onlineMeetings.js'

// The number is derived from what identifies the meeting, so the join URL stays the same even after the meeting has
// expired.
registerGraphEndpoint({
  name: 'online-meeting-create-or-get',
  summary: 'Creates the meeting with an `externalId`, or reads the one that exists',
  area: 'meetings',
  method: 'POST',
  path: 'onlineMeetings',
  action: 'createOrGet',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: createOrGetMeetingBody,
  example: { externalId: 'order-17', subject: 'Planning' },
  replies: { 200: meetingReply, 201: meetingReply },
  handle: async function createOrGetOnlineMeeting({ service, caller, parameters, body }) {
    const { externalId, organizerId, properties } = body
    const defaults = meetingDefaults(service, caller, parameters.userId, organizerId)
    const propose = (attempt: number) => {
      const identity = [defaults.tenantId, defaults.organizerId.toLowerCase(), externalId, attempt]
      const number = hashToMeetingNumber(JSON.stringify(identity))
      return { ...meetingOfNumber(number, defaults), ...properties, externalId }
    }
    const { meeting, isNew } = await createMeeting(service, propose)
    return { status: isNew ? 201 : 200, body: renderOnlineMeeting(meeting, parameters.version) }
  },
})
