import * as z from 'zod'
import type { Reply } from './dialects/dialect.js'
import { invalidRequest } from './errors.js'

// $select (OData URL Conventions 4.01, 5.1.4; Graph: Use query parameters to customize responses).

/** The query of a request with a selection. */
export const selectQuery = z.object({
  $select: z.string().describe('Names of properties, separated by commas.').optional(),
})

/** What Graph can select of a resource: its type, and the names of its properties. */
export interface SelectableType {
  readonly name: string
  readonly properties: readonly string[]
}

/** Graph: the resource type call of the beta, which has all properties of v1.0. */
export const CALL = {
  name: 'microsoft.graph.call',
  properties: [
    'activeModalities',
    'answeredBy',
    'applicationMetadata',
    'callbackUri',
    'callChainId',
    'callOptions',
    'callRoutes',
    'chatInfo',
    'direction',
    'id',
    'incomingContext',
    'mediaConfig',
    'mediaState',
    'meetingCapability',
    'meetingInfo',
    'myParticipantId',
    'requestedModalities',
    'resultInfo',
    'ringingTimeoutInSeconds',
    'routingPolicies',
    'source',
    'state',
    'subject',
    'targets',
    'tenantId',
    'terminationReason',
    'toneInfo',
    'transcription',
  ],
} as const satisfies SelectableType

/** Graph: the resource type participant of the beta. */
export const PARTICIPANT = {
  name: 'microsoft.graph.participant',
  properties: [
    'id',
    'info',
    'isIdentityAnonymized',
    'isInLobby',
    'isMuted',
    'mediaStreams',
    'metadata',
    'preferredDisplayName',
    'recordingInfo',
    'removedState',
    'restrictedExperience',
    'rosterSequenceNumber',
  ],
} as const satisfies SelectableType

/** The names of the selected properties, as Graph spells them; undefined selects all. */
export type Selection = readonly string[] | undefined

/**
 * Reads `$select`. Upper and lower case make no difference, and Graph accepts the name without `$` too.
 *
 * @throws GraphError 400 for a property that the type does not have
 */
export function readSelection(query: URLSearchParams, { name, properties }: SelectableType): Selection {
  const [, list] = [...query].find(([option]) => /^\$?select$/i.test(option)) ?? []
  if (list === undefined) return undefined
  const given = list.split(',').map((property) => property.trim())
  if (given.includes('*')) return undefined
  const selected = given.map((property) => {
    const found = properties.find((known) => known.toLowerCase() === property.toLowerCase())
    // The words of Graph.
    if (!found) throw invalidRequest(`$select: Could not find a property named '${property}' on type '${name}'.`)
    return found
  })
  return [...new Set(selected)]
}

/**
 * Leaves the selected properties in a reply with a resource or a list of them, the id, and the annotations of OData. In
 * the current API, whose replies have a context, the context names the selection, and a property without a value is
 * null.
 */
export function selectProperties(reply: Reply, selection: Selection): Reply {
  const { body, context } = reply
  if (!selection || !body) return reply
  const nulls = context === undefined ? {} : Object.fromEntries(selection.map((name) => [name, null]))
  const select = (resource: object) => ({
    ...Object.fromEntries(Object.entries(resource).filter(([name]) => name.startsWith('@') || name === 'id')),
    ...nulls,
    ...Object.fromEntries(Object.entries(resource).filter(([name]) => selection.includes(name))),
  })
  const list = 'value' in body && Array.isArray(body.value) ? body.value : undefined
  return {
    ...reply,
    // OData JSON Format 4.01, 10.8: `communications/calls(state)/$entity`.
    ...(context !== undefined && { context: context.replace(/(\/\$entity)?$/, `(${selection.join()})$1`) }),
    body: list ? { ...body, value: list.map(select) } : select(body),
  }
}
