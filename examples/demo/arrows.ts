import type { Arrow } from './diagram.js'
import { type Action, type Invitee, type Names, readAction, readDelivery, readInvited } from './messages.js'
import type { Exchange } from './recorder.js'

export const SERVICE = 'Ringback'
export const BOT = 'bot'

/** The arrows of one exchange in the diagram of a call. Dotted arrows stand for what simulated people do. */
export function arrowsOf(exchange: Exchange, names: Names): Arrow[] {
  const delivery = readDelivery(exchange)
  if (delivery) {
    const accepted = readInvited(exchange, names).filter(({ hasAccepted }) => hasAccepted)
    const label = `#${delivery.sequence} ${delivery.what}${describeProblem(exchange)}`
    return [...accepted.map((invitee) => acceptedArrow(invitee, names)), arrow(SERVICE, BOT, label)]
  }
  const action = readAction(exchange, names)
  if (!action) return []
  const label = `${describeAction(action, names)}${describeProblem(exchange)}`
  return [arrow(action.caller ?? BOT, SERVICE, label), ...ringingArrows(action, exchange)]
}

/** The arrow of an invitation to a meeting in the diagram of the call that it replaces. */
export const replacementArrow = ({ name }: Invitee): Arrow => arrow(BOT, SERVICE, `invite ${name} to the meeting`)

/** An action in words, for example `invite Heidi Steen`. */
export function describeAction({ kind, invitees }: Action, names: Names): string {
  if (kind === 'call') return 'call the bot'
  if (kind === 'join') return 'join the meeting'
  if (kind === 'invite') return `invite ${describeInvitees(invitees, names)}`
  return kind
}

export const describeInvitees = (invitees: readonly Invitee[], names: Names): string =>
  invitees
    .map(({ name, replacedCall }) => (replacedCall ? `${name}, replacing ${names.call(replacedCall)}` : name))
    .join(' and ')

/** An invited person rings, except when the invitation replaces a call: then the person joins at once. */
function ringingArrows({ invitees }: Action, { status }: Exchange): Arrow[] {
  if (status >= 300) return []
  return invitees.flatMap(({ name, replacedCall }) => (replacedCall ? [] : [arrow(SERVICE, name, 'ring', true)]))
}

const acceptedArrow = ({ name, replacedCall }: Invitee, names: Names): Arrow =>
  arrow(name, SERVICE, replacedCall ? `join from ${names.call(replacedCall)}` : 'answer', true)

function describeProblem({ status, failure, requestHeaders }: Exchange): string {
  const attempt = requestHeaders['ringback-attempt'] ?? '1'
  const repeated = attempt === '1' ? '' : ` (attempt ${attempt})`
  if (failure !== undefined) return `${repeated} (no reply)`
  return status >= 300 ? `${repeated} (${status})` : repeated
}

const arrow = (from: string, to: string, label: string, isDotted = false): Arrow => ({ from, to, label, isDotted })
