import { eventListReply } from '../../../shared/graph/replies/meeting.js'
import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'

// Bots that remind users of their meetings read their calendars. The calendars are empty, because only the tests of a
// bot know which events it needs.
registerGraphEndpoint({
  name: 'event-list',
  summary: 'Lists the events of a calendar, which is always empty',
  area: 'people',
  method: 'GET',
  path: 'calendar/events',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  replies: { 200: eventListReply },
  handle: async function listEvents() {
    return { status: 200, body: { value: [] } }
  },
})
