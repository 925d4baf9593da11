import { answer, missAnswerDeadline } from './answer.js'
import type { Call, Decision, RuleContext } from './call.js'
import type { Command, CommandType } from './commands.js'
import { connect } from './connect.js'
import { create } from './create.js'
import { callNotFound, notAllowedInState } from './errors.js'
import { disconnect, hangUp } from './hangUp.js'
import { incoming } from './incoming.js'
import { invite } from './invite.js'
import { keepAlive, missKeepAlive } from './keepAlive.js'
import { releasePerson, reservePerson } from './move.js'
import { muteBot, mutePerson } from './mute.js'
import {
  personAnswers,
  personDeclines,
  personIsBusy,
  personJoins,
  personLeaves,
  personMoves,
  personStays,
  ringOut,
} from './people.js'
import { cancelMediaProcessing, playPrompt, promptEnds } from './prompts.js'
import { reject } from './reject.js'
import { personPresses, subscribeToTone } from './tones.js'
import { transitions } from './transitions.js'

type Rules = {
  [T in CommandType]: (
    call: T extends 'incoming' | 'create' ? undefined : Call,
    command: Extract<Command, { type: T }>,
    context: RuleContext,
  ) => Decision
}

const rules: Rules = {
  incoming,
  create,
  answer,
  reject,
  missAnswerDeadline,
  connect,
  personAnswers,
  personDeclines,
  personIsBusy,
  ringOut,
  personJoins,
  personLeaves,
  invite,
  mute: muteBot,
  unmute: muteBot,
  personMutes: mutePerson,
  personUnmutes: mutePerson,
  playPrompt,
  promptEnds,
  cancelMediaProcessing,
  subscribeToTone,
  personPresses,
  personMoves,
  personStays,
  reservePerson,
  releasePerson,
  keepAlive,
  missKeepAlive,
  hangUp,
  disconnect,
}

/**
 * What becomes of a call when a command meets it. Pure: the same call, command and context decide the same.
 *
 * @param call undefined when there is none yet
 * @throws CallError when the command is refused
 */
export function decide(call: Call | undefined, command: Command, context: RuleContext): Decision {
  const row = transitions[command.type]
  const state = call?.state ?? 'none'
  if (!row[state]) {
    if (!call || call.state === 'terminating' || call.state === 'terminated') throw callNotFound()
    throw notAllowedInState(command.type, call.state, Object.keys(row))
  }
  // The table has just said that this rule takes a call in this state, which the compiler can't see.
  const rule = rules[command.type] as (call: Call | undefined, command: Command, context: RuleContext) => Decision
  return rule(call, command, context)
}
