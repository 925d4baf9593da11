/**
 * A bot that answers, and brings Amar into the call when the caller presses 1. It knows nothing of tests: it gets the
 * address of Graph and its tokens from outside.
 *
 * @param {{ graphUrl: string, callbackUrl: () => string, getToken: () => Promise<string> }} options
 * @returns {(request: Request) => Promise<Response>} what answers a notification
 */
export function createBot({ graphUrl, callbackUrl, getToken }) {
  const media = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }

  async function post(callPath, action, body) {
    const response = await fetch(`${graphUrl}/v1.0${callPath}/${action}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await getToken()}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) console.error(`${action}: ${response.status} ${await response.text()}`)
  }

  async function handle({ changeType, resourceUrl, resourceData }) {
    const callPath = resourceUrl.split('/').slice(0, 4).join('/')
    if (changeType === 'created' && resourceData.state === 'incoming') {
      const answer = { callbackUri: callbackUrl(), acceptedModalities: ['audio'], mediaConfig: media }
      return post(callPath, 'answer', answer)
    }
    if (resourceData.toneInfo?.tone === 'tone1') {
      const amar = { identity: { user: { id: 'amar', displayName: 'Amar' } } }
      return post(callPath, 'participants/invite', { participants: [amar] })
    }
    if (resourceData.state === 'established' && !resourceData.mediaState) return post(callPath, 'subscribeToTone', {})
  }

  return async (request) => {
    const { value } = await request.json()
    // A bot acknowledges first: Graph waits for the response only a few seconds.
    for (const notification of value) handle(notification).catch((error) => console.error(error))
    return new Response(null, { status: 202 })
  }
}
