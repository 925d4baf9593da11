import { compareHosts } from '../growth/hosts.js'
import { compareParticipants } from '../growth/participants.js'
import { compareStoredCalls } from '../growth/storedCalls.js'
import type { Part } from '../part.js'

// How the service changes with more stored calls, more participants and more hosts.

export const growth: Part = {
  name: 'growth',
  run: async (options) => [
    await compareStoredCalls(options),
    await compareParticipants(options),
    await compareHosts(options),
  ],
}
