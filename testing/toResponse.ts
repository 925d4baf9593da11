import type { HttpResponseInit } from '@azure/functions'

/** These have no body (Fetch standard, null body status). */
const WITHOUT_BODY = [204, 304]

/** Turns the reply of an endpoint into a response of the Fetch standard. */
export function toResponse({ status = 200, headers, jsonBody, body }: HttpResponseInit): Response {
  const content = jsonBody === undefined ? (body as Uint8Array<ArrayBuffer> | undefined) : JSON.stringify(jsonBody)
  return new Response(WITHOUT_BODY.includes(status) ? null : (content ?? null), {
    status,
    headers: headers as Record<string, string>,
  })
}
