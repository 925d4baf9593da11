import { isBearerOf } from '../../shared/auth/secrets.js'
import { readRecording, renderRecording } from '../../shared/engine/recordings.js'
import { unauthenticated } from '../../shared/graph/errors.js'
import { readGuid } from '../../shared/graph/ids.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'recording-get',
  summary: 'Reads the audio of a completed recording',
  method: 'GET',
  path: 'recordings/{callId}/{operationId}',
  // The recordingAccessToken is checked here; a token of an application is not accepted.
  permissions: 'open',
  permissionNote: 'the `recordingAccessToken`',
  replies: { 200: { file: 'audio/wav' } },
  handle: async function getRecording({ service, callId, parameters, authorization }) {
    const operationId = readGuid(parameters.operationId ?? '', 'operationId')
    if (!authorization) throw unauthenticated('A recording needs Authorization: Bearer and its recordingAccessToken.')
    const recording = await readRecording(service, callId, operationId)
    // The same for a recording that does not exist: only its token shows that there is one.
    if (!recording || !isBearerOf(recording.accessToken, authorization)) {
      throw unauthenticated('The token is not the recordingAccessToken of this recording, or the recording is deleted.')
    }
    return { status: 200, file: { type: 'audio/wav', content: await renderRecording(service, recording) } }
  },
})
