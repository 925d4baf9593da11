import type { CallState } from './call.js'
import type { CommandType } from './commands.js'

/** `none` is the call that does not exist yet. */
export type From = CallState | 'none'

/**
 * Which command may meet a call in which state, and the states it may leave it in. The rules, the property tests and the
 * diagram of the README all come from this table. What is not in it is refused.
 */
export const transitions: Readonly<Record<CommandType, Partial<Record<From, readonly CallState[]>>>> = {
  incoming: { none: ['incoming'] },
  create: { none: ['establishing'] },
  answer: { incoming: ['establishing'] },
  reject: { incoming: ['terminated'] },
  missAnswerDeadline: { incoming: ['terminated'] },
  connect: { establishing: ['established'] },
  personAnswers: { establishing: ['established'], established: ['established'] },
  personDeclines: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
  personIsBusy: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
  ringOut: { establishing: ['establishing', 'terminated'], established: ['established', 'terminated'] },
  personJoins: { established: ['established'] },
  personLeaves: { incoming: ['terminated'], establishing: ['terminated'], established: ['established', 'terminated'] },
  invite: { established: ['established'] },
  mute: { established: ['established'] },
  unmute: { established: ['established'] },
  personMutes: { established: ['established'] },
  personUnmutes: { established: ['established'] },
  playPrompt: { established: ['established'] },
  promptEnds: { established: ['established'] },
  cancelMediaProcessing: { established: ['established'] },
  subscribeToTone: { established: ['established'] },
  personPresses: { established: ['established'] },
  personMoves: { established: ['established'] },
  personStays: { established: ['established', 'terminated'] },
  reservePerson: { established: ['established'] },
  releasePerson: { established: ['established', 'terminated'] },
  keepAlive: { establishing: ['establishing'], established: ['established'] },
  missKeepAlive: { established: ['terminated'] },
  hangUp: { incoming: ['terminating'], establishing: ['terminating'], established: ['terminating'] },
  disconnect: { terminating: ['terminated'] },
}

/** The table as a Mermaid state diagram, as the README shows it: one arrow for each pair of different states. */
export function transitionDiagram(): string {
  const arrows = new Map<string, string[]>()
  for (const [command, row] of Object.entries(transitions)) {
    for (const [from, targets] of Object.entries(row)) {
      for (const to of targets) {
        if (to === from) continue
        const arrow = `${from === 'none' ? '[*]' : from} --> ${to}`
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), command])
      }
    }
  }
  const lines = [...arrows].map(([arrow, commands]) => `  ${arrow}: ${commands.join(', ')}`)
  return ['stateDiagram-v2', ...lines, '  terminated --> [*]'].join('\n')
}
