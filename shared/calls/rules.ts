import { answer, answerTimedOut } from './answer.js'
import type { Call, CallState, Decision, RuleContext } from './call.js'
import type { CommandOfType, CommandType, CreationType } from './commands.js'
import { connect } from './connect.js'
import { createOutgoingCall } from './create.js'
import { callNotFound, notAllowedInState } from './errors.js'
import { disconnect, hangUp } from './hangUp.js'
import { createIncomingCall } from './incoming.js'
import { invite } from './invite.js'
import { keepAlive, keepAliveTimedOut } from './keepAlive.js'
import { setBotMuted, setPersonMuted } from './mute.js'
import {
  personAnswers,
  personDeclines,
  personIsAdmitted,
  personIsBusy,
  personJoins,
  personLeaves,
  replacementCompleted,
  replacementFailed,
  ringTimedOut,
} from './participants.js'
import { cancelMediaProcessing, playPrompt, promptFinished } from './prompts.js'
import { reject } from './reject.js'
import { releaseParticipant, reserveParticipant } from './replaceCall.js'
import { personPresses, subscribeToTone } from './tones.js'

/** A command that creates a call: the state of the new call, and the rule. */
interface CreationRule<T extends CreationType> {
  readonly to: CallState
  readonly rule: (command: CommandOfType<T>, context: RuleContext) => Decision
}

/** A command on an existing call: for each state that allows it, the states that may follow; and the rule. */
interface Rule<T extends CommandType> {
  readonly from: Partial<Readonly<Record<CallState, readonly CallState[]>>>
  readonly rule: (call: Call, command: CommandOfType<T>, context: RuleContext) => Decision
  /** Whether the command may let the call grow, so that it is refused at a size limit. All others must fit any call. */
  readonly mayGrow: boolean
}

/** The rules of the commands that create a call. */
export const creationRules: { readonly [T in CreationType]: CreationRule<T> } = {
  incoming: { to: 'incoming', rule: createIncomingCall },
  create: { to: 'establishing', rule: createOutgoingCall },
}

/**
 * The rules of all other commands. A state that is not listed refuses the command. `decide`, the property tests and the
 * state diagram in docs/api.md are based on this table.
 */
export const rules: { readonly [T in CommandType]: Rule<T> } = {
  answer: { from: { incoming: ['establishing'] }, rule: answer, mayGrow: true },
  reject: { from: { incoming: ['terminated'] }, rule: reject, mayGrow: false },
  answerTimedOut: { from: { incoming: ['terminated'] }, rule: answerTimedOut, mayGrow: false },
  connect: { from: { establishing: ['established'] }, rule: connect, mayGrow: false },
  personAnswers: {
    from: { establishing: ['established'], established: ['established'] },
    rule: personAnswers,
    mayGrow: false,
  },
  personDeclines: {
    from: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
    rule: personDeclines,
    mayGrow: false,
  },
  personIsBusy: {
    from: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
    rule: personIsBusy,
    mayGrow: false,
  },
  ringTimedOut: {
    from: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
    rule: ringTimedOut,
    mayGrow: false,
  },
  personJoins: { from: { established: ['established'] }, rule: personJoins, mayGrow: true },
  personLeaves: {
    from: { incoming: ['terminated'], establishing: ['terminated'], established: ['established', 'terminated'] },
    rule: personLeaves,
    mayGrow: false,
  },
  personIsAdmitted: { from: { established: ['established'] }, rule: personIsAdmitted, mayGrow: false },
  invite: { from: { established: ['established'] }, rule: invite, mayGrow: true },
  mute: { from: { established: ['established'] }, rule: setBotMuted, mayGrow: false },
  unmute: { from: { established: ['established'] }, rule: setBotMuted, mayGrow: false },
  personMutes: { from: { established: ['established'] }, rule: setPersonMuted, mayGrow: false },
  personUnmutes: { from: { established: ['established'] }, rule: setPersonMuted, mayGrow: false },
  playPrompt: { from: { established: ['established'] }, rule: playPrompt, mayGrow: true },
  promptFinished: { from: { established: ['established'] }, rule: promptFinished, mayGrow: false },
  cancelMediaProcessing: { from: { established: ['established'] }, rule: cancelMediaProcessing, mayGrow: false },
  subscribeToTone: { from: { established: ['established'] }, rule: subscribeToTone, mayGrow: false },
  personPresses: { from: { established: ['established'] }, rule: personPresses, mayGrow: false },
  replacementCompleted: { from: { established: ['established'] }, rule: replacementCompleted, mayGrow: false },
  replacementFailed: { from: { established: ['established', 'terminated'] }, rule: replacementFailed, mayGrow: false },
  reserveParticipant: { from: { established: ['established'] }, rule: reserveParticipant, mayGrow: false },
  releaseParticipant: {
    from: { established: ['established', 'terminated'] },
    rule: releaseParticipant,
    mayGrow: false,
  },
  keepAlive: {
    from: { establishing: ['establishing'], established: ['established'] },
    rule: keepAlive,
    mayGrow: false,
  },
  keepAliveTimedOut: { from: { established: ['terminated'] }, rule: keepAliveTimedOut, mayGrow: false },
  hangUp: {
    from: { incoming: ['terminating'], establishing: ['terminating'], established: ['terminating'] },
    rule: hangUp,
    mayGrow: false,
  },
  disconnect: { from: { terminating: ['terminated'] }, rule: disconnect, mayGrow: false },
}

/** Creates a call. Pure: the same command and context give the same decision. */
export function decideCreation<T extends CreationType>(command: CommandOfType<T>, context: RuleContext): Decision {
  const { rule }: CreationRule<T> = creationRules[command.type]
  return rule(command, context)
}

/**
 * Applies a command to a call. Pure: the same call, command and context give the same decision.
 *
 * @throws CallError when the state of the call or the rule refuses the command
 */
export function decide<T extends CommandType>(call: Call, command: CommandOfType<T>, context: RuleContext): Decision {
  const { from, rule }: Rule<T> = rules[command.type]
  if (!from[call.state]) {
    if (call.state === 'terminating' || call.state === 'terminated') throw callNotFound()
    throw notAllowedInState(command.type, call.state, Object.keys(from))
  }
  return rule(call, command, context)
}

/** Renders the two tables as the Mermaid state diagram of docs/api.md: one arrow for each pair of different states. */
export function renderStateDiagram(): string {
  const arrows = new Map<string, string[]>()
  const draw = (command: string, from: string, to: string) => {
    if (to === from) return
    const arrow = `${from} --> ${to}`
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), command])
  }
  for (const [command, { to }] of Object.entries(creationRules)) draw(command, '[*]', to)
  for (const [command, { from }] of Object.entries(rules)) {
    for (const [state, targets] of Object.entries(from)) {
      for (const to of targets) draw(command, state, to)
    }
  }
  const lines = [...arrows].map(([arrow, commands]) => `  ${arrow}: ${commands.join(', ')}`)
  return ['stateDiagram-v2', ...lines, '  terminated --> [*]'].join('\n')
}
