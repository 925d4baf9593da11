import { onlineMeetingBody } from '../../shared/graph/bodies/onlineMeetingBody.js'
import { digitsOf, onlineMeeting, threadOf } from '../../shared/graph/onlineMeetings.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'online-meeting-create',
  area: 'people',
  method: 'POST',
  path: 'onlineMeetings',
  permissions: [],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  body: onlineMeetingBody,
  async handle({ service, caller, parameters, body }) {
    const meeting = {
      threadId: threadOf(digitsOf(service.newId())),
      messageId: '0',
      // An application's token knows no user, so `me` is the application.
      organizerId: parameters.userId ?? caller.applicationId,
      tenantId: caller.tenantId,
      subject: body.subject,
      createdAt: service.clock.now(),
      startAt: body.startDateTime,
      endAt: body.endDateTime,
    }
    return { status: 201, body: onlineMeeting(meeting, parameters.version) }
  },
})
