import type { Command, CommandType } from '../calls/commands.js'
import type { MediaPrompt } from '../calls/resources.js'
import { decide } from '../calls/rules.js'
import type { MeasurePrompt } from '../delivery/promptDuration.js'
import type { BuildCommand } from './changeCall.js'

/**
 * Returns a function that builds a command with prompts, after measuring how long each of them plays. The media is
 * fetched once for all tries of the command, and only if the rules allow the command.
 */
export function measurePrompts(
  { measurePrompt }: { readonly measurePrompt: MeasurePrompt },
  prompts: readonly MediaPrompt[],
  toCommand: (prompts: readonly MediaPrompt[]) => Command,
): BuildCommand {
  let measuring: Promise<readonly MediaPrompt[]> | undefined
  return async (call, context) => {
    decide<CommandType>(call, toCommand(prompts), context)
    measuring ??= measureAll(measurePrompt, prompts)
    return toCommand(await measuring)
  }
}

async function measureAll(measurePrompt: MeasurePrompt, prompts: readonly MediaPrompt[]): Promise<MediaPrompt[]> {
  const uris = [...new Set(prompts.map(({ mediaInfo }) => mediaInfo.uri))]
  const durations = new Map(await Promise.all(uris.map(async (uri) => [uri, await measurePrompt(uri)] as const)))
  return prompts.map((prompt) => ({ ...prompt, durationMs: durations.get(prompt.mediaInfo.uri) }))
}
