import type { Operation, RuleContext } from './call.js'
import { RECORDING_RESULTS } from './endReasons.js'
import { CallError } from './errors.js'
import { finishOperation } from './operation.js'
import type { RecordCompletionReason, Recording, Speech, SpokenSegment, Tone } from './resources.js'

// A recording of what participants say (Graph: call-record). Its end follows from its settings and the speech so far.

/** Far more pieces of speech than the longest recording, two minutes, contains in practice. */
const MAX_SEGMENTS = 100

interface RecordingEnd {
  /** Counts from the moment when the recording began to listen. */
  readonly afterMs: number
  readonly reason: RecordCompletionReason
}

/** An operation that records. */
export type RecordingOperation = Operation & { readonly recording: Recording }

export const isRecording = (operation: Operation): operation is RecordingOperation => operation.recording !== undefined

/** Returns when a listening recording ends if nothing else is said, in milliseconds since 1970. */
export function recordingEndTime({ recording }: RecordingOperation): number | undefined {
  const { listeningSince } = recording
  return listeningSince === undefined ? undefined : listeningSince + findEnd(recording).afterMs
}

function findEnd({ settings, segments }: Recording): RecordingEnd {
  const last = segments.at(-1)
  const silence: RecordingEnd = last
    ? { afterMs: endOf(last) + settings.maxSilenceMs, reason: 'maxSilenceTimeout' }
    : { afterMs: settings.initialSilenceMs, reason: 'initialSilenceTimeout' }
  if (silence.afterMs < settings.maxDurationMs) return silence
  return { afterMs: settings.maxDurationMs, reason: 'maxRecordDurationReached' }
}

const endOf = ({ startMs, durationMs }: SpokenSegment) => startMs + durationMs

/**
 * Adds what a participant says, after earlier speech and not before the recording listens.
 *
 * @returns undefined when the recording ends before the speech begins
 * @throws CallError when the recording has too many segments
 */
export function addSpeech(operation: RecordingOperation, speech: Speech, now: number): RecordingOperation | undefined {
  const { recording } = operation
  const { segments, settings } = recording
  const endTime = recordingEndTime(operation)
  if (endTime !== undefined && now >= endTime) return undefined
  const last = segments.at(-1)
  const startMs = Math.max(timeSince(recording, now), last ? endOf(last) : 0)
  if (startMs >= settings.maxDurationMs) return undefined
  if (segments.length >= MAX_SEGMENTS) {
    throw new CallError('tooMuchSpeech', `The recording has ${segments.length} pieces of speech already.`)
  }
  return { ...operation, recording: { ...recording, segments: [...segments, { startMs, ...speech }] } }
}

/** How long a recording has listened. The clocks of hosts differ, so it may begin to listen later than `now`. */
const timeSince = ({ listeningSince = Number.POSITIVE_INFINITY }: Recording, now: number): number =>
  Math.max(0, now - listeningSince)

/** Whether the recording listens, has not reached its end, and has this stop tone. */
export function isStoppedBy(operation: RecordingOperation, tone: Tone, now: number): boolean {
  const endTime = recordingEndTime(operation)
  return endTime !== undefined && now < endTime && operation.recording.settings.stopTones.includes(tone)
}

/** Ends a recording that a stop tone has stopped. */
export const stopRecording = (operation: RecordingOperation, { now }: Pick<RuleContext, 'now'>): Operation =>
  endRecording(operation, { afterMs: timeSince(operation.recording, now), reason: 'stopToneDetected' }, now)

/** Ends a recording that has reached its end. */
export const completeRecording = (operation: RecordingOperation, { now }: Pick<RuleContext, 'now'>): Operation =>
  endRecording(operation, findEnd(operation.recording), now)

function endRecording(operation: RecordingOperation, { afterMs, reason }: RecordingEnd, now: number): Operation {
  const { status, resultInfo } = RECORDING_RESULTS[reason]
  const segments = operation.recording.segments.filter(({ startMs }) => startMs < afterMs)
  const recording = { ...operation.recording, segments, durationMs: afterMs }
  return { ...finishOperation(operation, now, status, resultInfo), recording, completionReason: reason }
}
