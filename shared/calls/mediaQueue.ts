import type { Call, Decision, Operation, RuleContext, Timer } from './call.js'
import { CANCELED, COMPLETED } from './endReasons.js'
import { CallError } from './errors.js'
import { finishOperation, operationEndedEvents, removeOperations, removeTimersOf } from './operation.js'
import {
  addSpeech,
  completeRecording,
  isRecording,
  isStoppedBy,
  type RecordingOperation,
  recordingEndTime,
  stopRecording,
} from './recording.js'
import type { MediaPrompt, Speech, Tone } from './resources.js'
import { silentDecision, updateCall } from './updates.js'

// The media operations of a call run one after the other, in the order of their requests (Graph: call-playprompt,
// call-record). A recording first plays its prompt, then it listens. Only the operation that runs has a timer.

/** A call that ends finishes its operations in one transaction of at most 100 rows (Azure Tables). */
const MAX_UNFINISHED_MEDIA = 20

/** The longest time for which prompts play: a large `loop` must not set a timer in the far future. */
const MAX_PLAYING_MS = 24 * 3_600_000

const MEDIA_TYPES: readonly Operation['type'][] = ['playPrompt', 'recordResponse']
const MEDIA_TIMERS: readonly Timer['command']['type'][] = ['promptFinished', 'recordingFinished']

/**
 * Puts a media operation at the end of the queue, and starts it if no other one runs.
 *
 * @param action the name of the action, for the message
 * @throws CallError when the call has no service-hosted media, or too many media operations that have not finished
 */
export function queueMedia(call: Call, operation: Operation, action: string, context: RuleContext): Decision {
  requireServiceHostedMedia(call, action)
  const { length } = unfinishedMedia(call)
  if (length >= MAX_UNFINISHED_MEDIA) {
    const what = 'prompts and recordings still run or wait'
    throw new CallError('tooManyPrompts', `${length} ${what}; let one of them end first.`)
  }
  const queued = updateCall(call, { operations: [...call.operations, operation] })
  const next = length === 0 ? startNextMedia(queued, context) : queued
  return { call: next, operations: [operation], events: [] }
}

/** The playing prompt finishes. Then the next operation starts, or the recording that the prompt belongs to listens. */
export function promptFinished(call: Call, _: unknown, context: RuleContext): Decision {
  const [first] = unfinishedMedia(call)
  if (!first) return silentDecision(call)
  if (isRecording(first)) return silentDecision(updateCall(startListening(call, first, context)))
  return endFirst(call, finishOperation(first, context.now, 'completed', COMPLETED), context)
}

/** The listening recording has reached its end, and the next operation starts. */
export function recordingFinished(call: Call, _: unknown, context: RuleContext): Decision {
  const [first] = unfinishedMedia(call)
  if (!first || !isRecording(first)) return silentDecision(call)
  return endFirst(call, completeRecording(first, context), context)
}

/** Adds what a participant says to the first recording that runs or waits. */
export function recordSpeech(call: Call, speech: Speech, context: RuleContext): Decision {
  const recording = unfinishedMedia(call).find(isRecording)
  const changed = recording && addSpeech(recording, speech, context.now)
  return silentDecision(changed ? updateCall(waitForEnd(replaceOperation(call, changed), changed)) : call)
}

/** Whether speech would be recorded: a recording runs or waits. */
export const hasRecording = (call: Call): boolean => unfinishedMedia(call).some(isRecording)

/** Ends the listening recording if the key is one of its stop tones. */
export function stopRecordingByTone(call: Call, tone: Tone, context: RuleContext): Decision {
  const [first] = unfinishedMedia(call)
  if (!first || !isRecording(first) || !isStoppedBy(first, tone, context.now)) return silentDecision(call)
  return endFirst(removeMediaTimers(call), stopRecording(first, context), context)
}

/** Ends the running media operation and those that wait, and every other operation that sends media. */
export function cancelMedia(call: Call, context: Pick<RuleContext, 'now'>): Decision {
  const tones = call.operations.filter(({ type }) => type === 'sendDtmfTones')
  return cancelOperations(call, [...unfinishedMedia(call), ...tones], context)
}

/** Ends the running media operation and those that wait. */
export const cancelQueuedMedia = (call: Call, context: Pick<RuleContext, 'now'>): Decision =>
  cancelOperations(call, unfinishedMedia(call), context)

/** The completion reasons of canceled operations (Graph: sendDtmfCompletionReason, recordCompletionReason). */
const CANCELED_REASONS: Partial<Readonly<Record<Operation['type'], string>>> = {
  sendDtmfTones: 'mediaOperationCanceled',
  recordResponse: 'operationCanceled',
}

/** @param canceled all operations of the queue, and perhaps others */
function cancelOperations(call: Call, canceled: readonly Operation[], { now }: Pick<RuleContext, 'now'>): Decision {
  const operations = canceled
    .map((operation) => ({ ...operation, completionReason: CANCELED_REASONS[operation.type] }))
    .map((operation) => finishOperation(operation, now, 'failed', CANCELED))
  const timers = removeTimersOf(removeMediaTimers(call).timers, operations)
  const next = updateCall(removeOperations(call, operations), { timers })
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** @throws CallError when the bot handles the media itself, or the call has none */
export function requireServiceHostedMedia(call: Call, action: string): void {
  if (call.mediaConfig?.type === 'serviceHosted') return
  const media = call.mediaConfig ? 'application-hosted media' : 'no media'
  throw new CallError('needsServiceHostedMedia', `The call has ${media}; ${action} needs service-hosted media.`)
}

/** The running media operation comes first, then those that wait. */
export const unfinishedMedia = (call: Call): Operation[] =>
  call.operations.filter(({ type }) => MEDIA_TYPES.includes(type))

/** Removes the first operation, which has ended, and starts the next one. */
function endFirst(call: Call, ended: Operation, context: RuleContext): Decision {
  const operations = [ended]
  const next = startNextMedia(updateCall(removeOperations(call, operations)), context)
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** Starts the first operation: it plays its prompts, or it is a recording without a prompt, which listens at once. */
function startNextMedia(call: Call, context: RuleContext): Call {
  const [first] = unfinishedMedia(call)
  if (!first) return call
  if (isRecording(first) && !first.prompts?.length) return startListening(call, first, context)
  return playPrompts(call, first, context)
}

/** A prompt that loops forever has no timer: it ends when canceled, or with the call. */
function playPrompts(call: Call, { id, prompts = [] }: Operation, { now, promptDurationMs }: RuleContext): Call {
  if (prompts.some(({ loop }) => loop === 0)) return call
  const at = now + durationOfPrompts(prompts, promptDurationMs)
  return addTimer(call, { id: `prompt:${id}`, at, command: { type: 'promptFinished' } })
}

/** @param unknownMs how long the prompts of unknown length play, all together */
function durationOfPrompts(prompts: readonly MediaPrompt[], unknownMs: number): number {
  const known = prompts.flatMap(({ durationMs, loop = 1 }) => (durationMs === undefined ? [] : durationMs * loop))
  const sum = known.reduce((total, durationMs) => total + durationMs, 0)
  return Math.min(known.length < prompts.length ? sum + unknownMs : sum, MAX_PLAYING_MS)
}

function startListening(call: Call, operation: RecordingOperation, { now }: RuleContext): Call {
  const listening = { ...operation, recording: { ...operation.recording, listeningSince: now } }
  return waitForEnd(replaceOperation(call, listening), listening)
}

/** Sets the timer of a listening recording to its end. A piece of speech may postpone the end. */
function waitForEnd(call: Call, operation: RecordingOperation): Call {
  const at = recordingEndTime(operation)
  if (at === undefined) return call
  const timer: Timer = { id: `recording:${operation.id}`, at, command: { type: 'recordingFinished' } }
  return addTimer({ ...call, timers: call.timers.filter(({ id }) => id !== timer.id) }, timer)
}

const addTimer = (call: Call, timer: Timer): Call => ({ ...call, timers: [...call.timers, timer] })

const removeMediaTimers = (call: Call): Call => ({
  ...call,
  timers: call.timers.filter(({ command }) => !MEDIA_TIMERS.includes(command.type)),
})

const replaceOperation = (call: Call, changed: Operation): Call => ({
  ...call,
  operations: call.operations.map((operation) => (operation.id === changed.id ? changed : operation)),
})
