import { digitsOf, onlineMeeting, organizerOf, threadOf } from '../../shared/graph/onlineMeetings.js'
import { graphFunction } from '../../shared/graphFunction.js'

// Whoever has dialled in to a meeting knows it by the number for its video conference, and nothing else.
graphFunction({
  name: 'online-meeting-get',
  method: 'GET',
  path: 'onlineMeetings/{videoTeleconferenceId}',
  permissions: [],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  async handle({ service, caller, parameters }) {
    const { videoTeleconferenceId = '', version } = parameters
    const number = /^\d+$/.test(videoTeleconferenceId) ? videoTeleconferenceId : digitsOf(videoTeleconferenceId)
    const meeting = {
      threadId: threadOf(number),
      messageId: '0',
      organizerId: organizerOf(number),
      tenantId: caller.tenantId,
      createdAt: service.clock.now(),
    }
    return { status: 200, body: { ...onlineMeeting(meeting, version), videoTeleconferenceId } }
  },
})
