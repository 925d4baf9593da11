import type { Call, CallState, Decision, RuleContext } from './call.js'
import type { CommandOfType, CommandType, CreationType } from './commands.js'
import { personShares, personStopsSharing } from './contentSharing.js'
import { addRosterDelta } from './deltaRoster.js'
import { callNotFound, notAllowedInState } from './errors.js'
import { createIncomingCall } from './incoming.js'
import { legMet, legOffered, legsRead, legUnreachable } from './legs/read.js'
import { promptFinished, recordingFinished } from './mediaQueue.js'
import { operationFinished } from './operation.js'
import { addLargeGalleryView } from './operations/addLargeGalleryView.js'
import { answer, answerTimedOut } from './operations/answer.js'
import {
  createAudioRoutingGroup,
  deleteAudioRoutingGroup,
  updateAudioRoutingGroup,
} from './operations/audioRoutingGroups.js'
import { cancelMediaProcessing } from './operations/cancelMediaProcessing.js'
import { changeScreenSharingRole } from './operations/changeScreenSharingRole.js'
import { configureMixer } from './operations/configureMixer.js'
import { createOutgoingCall } from './operations/create.js'
import { deleteParticipant } from './operations/deleteParticipant.js'
import { hangUp } from './operations/hangUp.js'
import { startHoldMusic, stopHoldMusic } from './operations/holdMusic.js'
import { invite } from './operations/invite.js'
import { keepAlive, keepAliveTimedOut } from './operations/keepAlive.js'
import { muteParticipant, setBotMuted, setPersonMuted } from './operations/mute.js'
import { muteAll } from './operations/muteAll.js'
import { playPrompt } from './operations/playPrompt.js'
import { recordResponse } from './operations/recordResponse.js'
import { redirect } from './operations/redirect.js'
import { reject } from './operations/reject.js'
import { sendDtmfTones } from './operations/sendDtmfTones.js'
import { subscribeToTone } from './operations/subscribeToTone.js'
import { transfer } from './operations/transfer.js'
import { updateMetadata } from './operations/updateMetadata.js'
import { updateRecordingStatus } from './operations/updateRecordingStatus.js'
import {
  personAnswers,
  personDeclines,
  personIsAdmitted,
  personIsBusy,
  personIsRefused,
  personJoins,
  personLeaves,
  replacementCompleted,
  replacementFailed,
  ringTimedOut,
} from './participants.js'
import { personPresses } from './pressTone.js'
import { releaseParticipant, reserveParticipant } from './replaceCall.js'
import { personSpeaks } from './speak.js'

/** A command that creates a call: the states that the new call may have, and the rule. */
interface CreationRule<T extends CreationType> {
  readonly to: readonly CallState[]
  readonly rule: (command: CommandOfType<T>, context: RuleContext) => Decision
}

/** A command on an existing call: for each state that allows it, the states that may follow; and the rule. */
interface Rule<T extends CommandType> {
  readonly from: Partial<Readonly<Record<CallState, readonly CallState[]>>>
  readonly rule: (call: Call, command: CommandOfType<T>, context: RuleContext) => Decision
  /** Whether the command may let the call grow, so that it is refused at a size limit. All others must fit any call. */
  readonly mayGrow: boolean
}

/** A command that an established call allows, and that leaves it established. */
const whileEstablished = <T extends CommandType>(
  rule: Rule<T>['rule'],
  { mayGrow = false }: { readonly mayGrow?: boolean } = {},
): Rule<T> => ({ from: { established: ['established'] }, rule, mayGrow })

/**
 * A command that is also possible during a transfer: an action of a person or a timer, which would otherwise be lost,
 * or canceling media.
 */
const whileConnected = <T extends CommandType>(rule: Rule<T>['rule']): Rule<T> => ({
  from: { established: ['established'], transferring: ['transferring'] },
  rule,
  mayGrow: false,
})

/** How a called or invited participant answers, declines or rings out. */
const RINGING_STATES = {
  redirecting: ['redirecting', 'terminated'],
  establishing: ['establishing', 'terminated'],
  established: ['established', 'terminated'],
  transferring: ['established'],
} as const

/** A command that a call allows until its end, and that does not change its state. */
const ANY_STATE = {
  incoming: ['incoming'],
  redirecting: ['redirecting'],
  establishing: ['establishing'],
  established: ['established'],
  transferring: ['transferring'],
} as const

/** The rules of the commands that create a call. */
export const creationRules: { readonly [T in CreationType]: CreationRule<T> } = {
  incoming: { to: ['incoming'], rule: createIncomingCall },
  create: { to: ['establishing', 'established'], rule: createOutgoingCall },
}

/**
 * The rules of all other commands. A state that is not listed refuses the command. `decide`, the property tests and the
 * state diagram in docs/api.md are based on this table.
 */
export const rules: { readonly [T in CommandType]: Rule<T> } = {
  answer: { from: { incoming: ['established'] }, rule: answer, mayGrow: true },
  reject: { from: { incoming: ['terminated'] }, rule: reject, mayGrow: false },
  redirect: { from: { incoming: ['redirecting'] }, rule: redirect, mayGrow: true },
  answerTimedOut: { from: { incoming: ['terminated'] }, rule: answerTimedOut, mayGrow: false },
  personAnswers: {
    from: {
      redirecting: ['terminated'],
      establishing: ['established'],
      established: ['established'],
      transferring: ['terminated'],
    },
    rule: personAnswers,
    mayGrow: false,
  },
  personDeclines: { from: RINGING_STATES, rule: personDeclines, mayGrow: false },
  personIsBusy: { from: RINGING_STATES, rule: personIsBusy, mayGrow: false },
  ringTimedOut: { from: RINGING_STATES, rule: ringTimedOut, mayGrow: false },
  personJoins: { ...whileConnected(personJoins), mayGrow: true },
  personLeaves: {
    from: {
      incoming: ['terminated'],
      redirecting: ['terminated'],
      established: ['established', 'terminated'],
      transferring: ['transferring', 'established', 'terminated'],
    },
    rule: personLeaves,
    mayGrow: false,
  },
  personIsAdmitted: whileConnected(personIsAdmitted),
  personIsRefused: {
    from: {
      established: ['established', 'terminated'],
      transferring: ['transferring'],
    },
    rule: personIsRefused,
    mayGrow: false,
  },
  deleteParticipant: { from: { established: ['established', 'terminated'] }, rule: deleteParticipant, mayGrow: false },
  muteParticipant: whileEstablished(muteParticipant),
  muteAll: whileEstablished(muteAll),
  startHoldMusic: whileEstablished(startHoldMusic, { mayGrow: true }),
  stopHoldMusic: whileEstablished(stopHoldMusic),
  configureMixer: whileEstablished(configureMixer, { mayGrow: true }),
  invite: whileEstablished(invite, { mayGrow: true }),
  transfer: { from: { established: ['transferring'] }, rule: transfer, mayGrow: true },
  mute: whileEstablished(setBotMuted),
  unmute: whileEstablished(setBotMuted),
  personMutes: whileConnected(setPersonMuted),
  personUnmutes: whileConnected(setPersonMuted),
  personShares: { ...whileConnected(personShares), mayGrow: true },
  personStopsSharing: whileConnected(personStopsSharing),
  playPrompt: whileEstablished(playPrompt, { mayGrow: true }),
  promptFinished: whileConnected(promptFinished),
  recordResponse: whileEstablished(recordResponse, { mayGrow: true }),
  recordingFinished: whileConnected(recordingFinished),
  cancelMediaProcessing: whileConnected(cancelMediaProcessing),
  subscribeToTone: whileEstablished(subscribeToTone),
  addLargeGalleryView: whileEstablished(addLargeGalleryView, { mayGrow: true }),
  sendDtmfTones: whileEstablished(sendDtmfTones, { mayGrow: true }),
  updateRecordingStatus: whileEstablished(updateRecordingStatus),
  changeScreenSharingRole: whileEstablished(changeScreenSharingRole, { mayGrow: true }),
  updateMetadata: whileEstablished(updateMetadata, { mayGrow: true }),
  createAudioRoutingGroup: whileEstablished(createAudioRoutingGroup, { mayGrow: true }),
  updateAudioRoutingGroup: whileEstablished(updateAudioRoutingGroup, { mayGrow: true }),
  deleteAudioRoutingGroup: whileEstablished(deleteAudioRoutingGroup),
  operationFinished: whileConnected(operationFinished),
  personPresses: whileConnected(personPresses),
  personSpeaks: { ...whileConnected(personSpeaks), mayGrow: true },
  replacementCompleted: {
    from: { established: ['established'], transferring: ['terminated'] },
    rule: replacementCompleted,
    mayGrow: false,
  },
  replacementFailed: {
    from: { established: ['established', 'terminated'], transferring: ['established'] },
    rule: replacementFailed,
    mayGrow: false,
  },
  reserveParticipant: whileEstablished(reserveParticipant),
  releaseParticipant: {
    from: {
      established: ['established', 'terminated'],
      transferring: ['transferring'],
    },
    rule: releaseParticipant,
    mayGrow: false,
  },
  keepAlive: {
    from: { establishing: ['establishing'], established: ['established'], transferring: ['transferring'] },
    rule: keepAlive,
    mayGrow: false,
  },
  keepAliveTimedOut: {
    from: { established: ['terminated'], transferring: ['terminated'] },
    rule: keepAliveTimedOut,
    mayGrow: false,
  },
  legOffered: {
    from: {
      redirecting: ['redirecting'],
      establishing: ['establishing'],
      established: ['established'],
      transferring: ['transferring'],
    },
    rule: legOffered,
    mayGrow: false,
  },
  legUnreachable: { from: RINGING_STATES, rule: legUnreachable, mayGrow: false },
  legMet: { from: ANY_STATE, rule: legMet, mayGrow: false },
  legsRead: {
    from: {
      incoming: ['incoming', 'terminated'],
      redirecting: ['redirecting', 'terminated'],
      establishing: ['establishing', 'established', 'terminated'],
      established: ['established', 'terminated'],
      transferring: ['transferring', 'established', 'terminated'],
    },
    rule: legsRead,
    mayGrow: false,
  },
  hangUp: {
    from: {
      incoming: ['terminated'],
      redirecting: ['terminated'],
      establishing: ['terminated'],
      established: ['terminated'],
      transferring: ['terminated'],
    },
    rule: hangUp,
    mayGrow: false,
  },
}

/** Creates a call. Pure: the same command and context give the same decision. */
export function decideCreation<T extends CreationType>(command: CommandOfType<T>, context: RuleContext): Decision {
  const { rule }: CreationRule<T> = creationRules[command.type]
  return addRosterDelta(undefined, rule(command, context))
}

/**
 * Applies a command to a call. Pure: the same call, command and context give the same decision.
 *
 * @throws CallError when the state of the call or the rule refuses the command
 */
export function decide<T extends CommandType>(call: Call, command: CommandOfType<T>, context: RuleContext): Decision {
  const { from, rule }: Rule<T> = rules[command.type]
  if (!from[call.state]) {
    if (call.state === 'terminated') throw callNotFound()
    throw notAllowedInState(command.type, call.state, Object.keys(from))
  }
  return addRosterDelta(call, rule(call, command, context))
}

/** Renders the two tables as the Mermaid state diagram of docs/api.md: one arrow for each pair of different states. */
export function renderStateDiagram(): string {
  const arrows = new Map<string, string[]>()
  const draw = (command: string, from: string, to: string) => {
    if (to === from) return
    const arrow = `${from} --> ${to}`
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), command])
  }
  for (const [command, { to }] of Object.entries(creationRules)) {
    for (const state of to) draw(command, '[*]', state)
  }
  for (const [command, { from }] of Object.entries(rules)) {
    for (const [state, targets] of Object.entries(from)) {
      for (const to of targets) draw(command, state, to)
    }
  }
  const lines = [...arrows].map(([arrow, commands]) => `  ${arrow}: ${commands.join(', ')}`)
  return ['stateDiagram-v2', ...lines, '  terminated --> [*]'].join('\n')
}
