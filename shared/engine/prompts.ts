import type { Call } from '../calls/call.js'
import type { Command } from '../calls/commands.js'
import type { MediaPrompt } from '../calls/resources.js'
import type { MeasurePrompt } from '../delivery/promptDuration.js'

/**
 * Returns a function that builds a command with prompts, after measuring how long each of them plays. The media is
 * fetched once for all tries of the command, and only for a call that can play it.
 */
export function measurePrompts(
  { measurePrompt }: { readonly measurePrompt: MeasurePrompt },
  prompts: readonly MediaPrompt[],
  toCommand: (prompts: readonly MediaPrompt[]) => Command,
): (call: Call) => Promise<Command> {
  let measuring: Promise<readonly MediaPrompt[]> | undefined
  return async (call) => {
    if (call.state !== 'established' || call.mediaConfig?.type !== 'serviceHosted') return toCommand(prompts)
    measuring ??= measureAll(measurePrompt, prompts)
    return toCommand(await measuring)
  }
}

async function measureAll(measurePrompt: MeasurePrompt, prompts: readonly MediaPrompt[]): Promise<MediaPrompt[]> {
  const uris = [...new Set(prompts.map(({ mediaInfo }) => mediaInfo.uri))]
  const durations = new Map(await Promise.all(uris.map(async (uri) => [uri, await measurePrompt(uri)] as const)))
  return prompts.map((prompt) => ({ ...prompt, durationMs: durations.get(prompt.mediaInfo.uri) }))
}
