import type { Call, Leg } from '../calls/call.js'
import type { LegCallIds, LegMetCommand, LegsReadCommand, LegView } from '../calls/commands.js'
import { CallError } from '../calls/errors.js'
import { findLeg, offerTimerId } from '../calls/legs/links.js'
import { offerCall } from '../calls/legs/offer.js'
import { viewCall } from '../calls/legs/view.js'
import type { ParticipantInfo } from '../calls/resources.js'
import { parseGuid } from '../graph/ids.js'
import type { BotStore } from '../storage/botStore.js'
import { applyTimer, changeCall, createCall, noAuthorization } from './changeCall.js'
import type { CommitDependencies } from './commit.js'

// Each application in a conversation has a call of its own, in a partition of its own. A step writes one of them, and
// can be repeated: a call is created under an id that another one has chosen, and changes are read, never sent.

/** How long a call that does not exist yet may still be created. Its row of the index precedes it. */
const MAX_CREATION_MS = 300_000

/**
 * Chooses the ids of the calls that applications get: those that are called or invited, or to whom a call is transferred
 * or redirected. An application that is not registered is simulated where the settings say so; otherwise it gets an id
 * too, and cannot be reached.
 */
export async function chooseLegCallIds(
  deps: {
    readonly bots: Pick<BotStore, 'read'>
    readonly newId: () => string
    readonly settings: { readonly SIMULATE_APPLICATIONS: boolean }
  },
  invited: readonly ParticipantInfo[],
): Promise<{ legCallIds?: LegCallIds }> {
  const ids = invited.flatMap(({ identity }) => (identity.kind === 'application' ? identity.id : []))
  const isSimulated = async (id: string) => deps.settings.SIMULATE_APPLICATIONS && !(await readBot(deps, id))
  const chosen = await Promise.all(
    ids.map(async (id) => ((await isSimulated(id)) ? [] : [[id.toLowerCase(), deps.newId()] as const])),
  )
  return chosen.flat().length === 0 ? {} : { legCallIds: Object.fromEntries(chosen.flat()) }
}

/** Finds a bot by its application id in any spelling. */
const readBot = ({ bots }: { readonly bots: Pick<BotStore, 'read'> }, applicationId: string) =>
  bots.read(parseGuid(applicationId) ?? applicationId)

/** Gives an application that rings its call, unless it has it. */
export async function offerLeg(deps: CommitDependencies, call: Call, callId: string): Promise<void> {
  const timer = { callId: call.id, timer: offerTimerId(callId) }
  const invitee = call.ringing.find(({ legCallId }) => legCallId === callId)
  if (invitee) {
    const callee = await readBot(deps, invitee.info.identity.id)
    if (!callee) return applyTimer(deps, timer, { type: 'legUnreachable', callId })
    // As a request that is repeated, it creates one call, which is listed once.
    const request = { id: `${call.id} ${offerTimerId(callId)}`, isRetry: true }
    await createCall(deps, offerCall(call, invitee, callee), callee.dialect, request)
  }
  await applyTimer(deps, timer, { type: 'legOffered', callId })
}

/** Reads the legs of a call, and follows what has changed. */
export async function readLegs(deps: CommitDependencies, call: Call): Promise<void> {
  const read = await Promise.all((call.legs ?? []).map((leg) => readLeg(deps, call, leg)))
  await changeUnlessRefused(deps, call.id, { type: 'legsRead', views: read.flat() })
}

async function readLeg(deps: CommitDependencies, call: Call, leg: Leg): Promise<LegsReadCommand['views']> {
  const { callId } = leg
  const other = (await deps.calls.read(callId)).record?.call
  if (!other) return isGone(call, leg, deps.clock.now()) ? [{ callId, view: goneView(leg.version) }] : []
  // A call that was offered late, or whose offerer has given it up, is not wanted.
  if (leg.isOfferer && other.state !== 'terminated' && !findLeg(other, call.id)) {
    return [{ callId, view: goneView(leg.version) }]
  }
  const hasMet = other.state === 'terminated' || findLeg(other, call.id) !== undefined
  const met = hasMet ? other : await changeUnlessRefused(deps, callId, { type: 'legMet', callId: call.id })
  return [{ callId, view: viewCall(met ?? other, call.id) }]
}

/** Whether a call that does not exist was removed, or will probably never exist. */
function isGone({ ringing }: Call, { callId, version, since }: Leg, now: number): boolean {
  const isRinging = ringing.some(({ legCallId }) => legCallId === callId)
  return version > 0 || (!isRinging && now - since > MAX_CREATION_MS)
}

/** An ended call is removed long after its legs have read it. */
const goneView = (version: number): LegView => ({
  version: version + 1,
  state: 'ended',
  isGroup: false,
  myParticipantId: '',
  participants: [],
  legs: [],
  inheritedFrom: [],
  requests: [],
  lastReceived: 0,
})

/** Returns the changed call; undefined if it has ended meanwhile. */
async function changeUnlessRefused(
  deps: CommitDependencies,
  callId: string,
  command: LegsReadCommand | LegMetCommand,
): Promise<Call | undefined> {
  try {
    return (await changeCall(deps, callId, command, noAuthorization)).call
  } catch (error) {
    if (error instanceof CallError) return undefined
    throw error
  }
}
