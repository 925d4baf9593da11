import { registerGraphEndpoint } from '../../../shared/http/registerEndpoint.js'

// Bots that remind users of their meetings read their calendars. The calendars are empty, because only the tests of a
// bot know which events it needs.
registerGraphEndpoint({
  name: 'event-list',
  area: 'people',
  method: 'GET',
  path: 'calendar/events',
  permissions: [],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  handle: async function listEvents() {
    return { status: 200, body: { value: [] } }
  },
})
