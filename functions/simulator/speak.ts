import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { speakAsPerson } from '../../shared/engine/recordings.js'
import { readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { readSpeech } from '../../shared/graph/requests/speechBody.js'
import { registerFileEndpoint } from '../../shared/http/registerEndpoint.js'
import { MAX_WAV_BYTES } from '../../shared/simulator/wav.js'

registerFileEndpoint({
  name: 'simulator-person-say',
  method: 'POST',
  path: 'simulator/people/{userId}/say',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  maxBodyBytes: MAX_WAV_BYTES,
  handle: async function speak({ service, parameters, body, query }) {
    const { spoken, ...named } = readSpeech(body, query)
    const personId = readPersonId(parameters.userId, named)
    return { status: 200, body: { callId: await speakAsPerson(service, personId, spoken, named.callId) } }
  },
})
