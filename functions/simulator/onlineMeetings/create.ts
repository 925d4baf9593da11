import { onlineMeetingBody } from '../../../shared/graph/requests/onlineMeetingBody.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'
import { hashToMeetingNumber, renderOnlineMeeting, toThreadId } from '../../../shared/simulator/onlineMeetings.js'

registerGraphEndpoint({
  name: 'online-meeting-create',
  area: 'people',
  method: 'POST',
  path: 'onlineMeetings',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: onlineMeetingBody,
  handle: async function createOnlineMeeting({ service, caller, parameters, body }) {
    const meeting = {
      threadId: toThreadId(hashToMeetingNumber(service.newId())),
      messageId: '0',
      // An application token has no user, so `me` is the application itself.
      organizerId: parameters.userId ?? caller.applicationId,
      tenantId: caller.tenantId,
      subject: body.subject,
      createdAt: service.clock.now(),
      startAt: body.startDateTime,
      endAt: body.endDateTime,
    }
    return { status: 201, body: renderOnlineMeeting(meeting, parameters.version) }
  },
})
