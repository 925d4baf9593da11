import { readFile } from 'node:fs/promises'
import { shortenId, toLine } from '../../shared/inspection/labels.js'
import { PERSON_ACTIONS, type PersonAction } from '../../shared/simulator/people.js'
import { findCallId } from '../calls.js'
import type { Client } from '../client.js'
import type { Context, DeclareCommand } from '../context.js'
import { UsageError } from '../errors.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'
import { type Actor, act, joinCall, readTone, sayAudio } from '../people.js'

/** The actions that need a value, with what the value is. */
const VALUES = { press: 'KEY', say: 'FILE.wav|SECONDS', join: 'CALL' } as const
type ActionWithValue = keyof typeof VALUES

const isPlainAction = (action: string): action is PersonAction => Object.hasOwn(PERSON_ACTIONS, action)
const needsValue = (action: string): action is ActionWithValue => Object.hasOwn(VALUES, action)
const ACTIONS = [
  ...Object.keys(PERSON_ACTIONS),
  ...Object.entries(VALUES).map(([action, value]) => `${action} ${value}`),
].join(', ')

export const declarePerson: DeclareCommand = (program, run) => {
  program
    .command('person')
    .description('let a simulated person act')
    .argument('<id>', 'the id of the person')
    .argument('<action>', ACTIONS)
    .argument('[value]', 'the key, what is said, or the call to join')
    .option('--call <id>', 'in this call; by default in the newest one that allows the action')
    .addHelpText('after', '\nExamples:\n  ringback person heidi answer\n  ringback person heidi press 1')
    .action(run(actAsPerson))
}

async function actAsPerson(
  { client, output }: Context,
  ...[personId, name, value, options]: [string, string, string | undefined, { readonly call?: string }]
): Promise<ExitCode> {
  const action = name.toLowerCase()
  const callId = options.call === undefined ? undefined : await findCallId(client, options.call)
  const acted = await perform(client, { personId, callId }, { action, value })
  const done = value === undefined ? action : `${action} ${value}`
  output.print(
    { personId, action, value, ...acted },
    `${toLine(`${personId}: ${done}`)}  call ${shortenId(acted.callId)}`,
  )
  return EXIT_OK
}

interface WantedAction {
  readonly action: string
  readonly value: string | undefined
}

async function perform(
  client: Client,
  actor: Actor,
  { action, value }: WantedAction,
): Promise<{ readonly callId: string }> {
  if (isPlainAction(action)) {
    if (value !== undefined) throw new UsageError(`${action} takes no value, but got ${value}.`)
    return act(client, actor, action)
  }
  if (!needsValue(action)) throw new UsageError(`${action} is not an action.`, `The actions are ${ACTIONS}.`)
  if (value === undefined) throw new UsageError(`${action} needs a value: ${action} ${VALUES[action]}.`)
  switch (action) {
    case 'press':
      return act(client, actor, 'press', { tone: readTone(value) })
    case 'say':
      return speak(client, actor, value)
    case 'join':
      return joinCall(client, actor.personId, await findCallId(client, value))
  }
}

async function speak(client: Client, actor: Actor, value: string): Promise<{ readonly callId: string }> {
  const seconds = Number(value)
  if (!Number.isNaN(seconds)) return act(client, actor, 'say', { seconds })
  const audio = await readFile(value).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${value} cannot be read (${error.code}).`, 'Name a WAV file, or say for how many seconds.')
  })
  return sayAudio(client, actor, audio)
}
