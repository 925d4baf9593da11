import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { speakAsPerson } from '../../shared/engine/recordings.js'
import { actedReply } from '../../shared/graph/replies/operator.js'
import { readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { audioFile, readSpeech, spokenBody, spokenQuery } from '../../shared/graph/requests/speechBody.js'
import { registerFileEndpoint } from '../../shared/http/registerEndpoint.js'
import { MAX_WAV_BYTES } from '../../shared/simulator/wav.js'

registerFileEndpoint({
  name: 'simulator-person-say',
  summary: 'A person says something: a WAV file, or for how long',
  method: 'POST',
  path: 'simulator/people/{userId}/say',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  maxBodyBytes: MAX_WAV_BYTES,
  query: spokenQuery,
  contentTypes: { 'audio/wav': audioFile, 'application/json': spokenBody },
  replies: { 200: actedReply },
  handle: async function speak({ service, parameters, body, query }) {
    const { spoken, ...named } = readSpeech(body, query)
    const personId = readPersonId(parameters.userId, named)
    return { status: 200, body: { callId: await speakAsPerson(service, personId, spoken, named.callId) } }
  },
})
