import type { CommandType } from '../calls/commands.js'
import { isRecording } from '../calls/recording.js'
import type { Recording } from '../calls/resources.js'
import { decide } from '../calls/rules.js'
import { notFound } from '../graph/errors.js'
import { durationOf, renderWav } from '../simulator/wav.js'
import { type Blobs, blobNameOf } from '../storage/blobs.js'
import type { CallStore } from '../storage/callStore.js'
import { actInCallOfPerson } from './actAsPerson.js'
import type { CommitDependencies } from './commit.js'

/** What a simulated person says: samples, or only how long it takes. */
export type SpokenAudio = { readonly samples: Uint8Array } | { readonly durationMs: number }

interface SpeakDependencies extends CommitDependencies {
  readonly blobs: Blobs
}

/**
 * Lets a simulated person say something in the given call, or else in the newest call that allows it. The audio is
 * stored before the command is committed: a blob that no recording refers to is harmless, and is deleted with the call.
 *
 * @returns the id of the call
 * @throws GraphError 404 when no call is given and none allows it
 */
export function speakAsPerson(
  deps: SpeakDependencies,
  personId: string,
  spoken: SpokenAudio,
  callId: string | undefined,
): Promise<string> {
  if ('durationMs' in spoken) {
    const command = { type: 'personSpeaks', personId, durationMs: spoken.durationMs } as const
    return actInCallOfPerson(deps, personId, callId, () => command)
  }
  const { samples } = spoken
  return actInCallOfPerson(deps, personId, callId, () => {
    const id = deps.newId()
    let storing: Promise<void> | undefined
    return async (call, context) => {
      const command = { type: 'personSpeaks', personId, durationMs: durationOf(samples) } as const
      // Speech that no recording hears changes nothing, so its audio is not stored.
      if (decide<CommandType>(call, command, context).call === call) return command
      const audio = blobNameOf(call.id, id)
      // Once for all tries of the command.
      storing ??= deps.blobs.put(audio, samples)
      await storing
      return { ...command, audio }
    }
  })
}

/** Reads a completed recording; undefined if there is none, also after its call was removed. */
export async function readRecording(
  { calls }: { readonly calls: CallStore },
  callId: string,
  operationId: string,
): Promise<Recording | undefined> {
  const operation = await calls.readOperation(callId, operationId)
  return operation && isRecording(operation) && operation.status === 'completed' ? operation.recording : undefined
}

/**
 * Renders a recording as a WAV file.
 *
 * @throws GraphError 404 when its audio is being removed
 */
export async function renderRecording(
  { blobs }: { readonly blobs: Blobs },
  { segments, durationMs = 0 }: Recording,
): Promise<Uint8Array> {
  const audible = await Promise.all(
    segments.map(async ({ audio, ...segment }) => {
      const samples = audio === undefined ? undefined : await blobs.get(audio)
      if (audio !== undefined && !samples) throw notFound('Recording not found.')
      return { ...segment, samples }
    }),
  )
  return renderWav(audible, durationMs)
}
