import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call, Decision, Operation } from '../../../shared/calls/call.js'
import type { Command, CommandType, RecordResponseCommand } from '../../../shared/calls/commands.js'
import type { MediaPrompt, RecordingSettings } from '../../../shared/calls/resources.js'
import { decide } from '../../../shared/calls/rules.js'
import { applyCommands, contextAt, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'

// A recording: what it hears, and when and how it ends.

const SETTINGS: RecordingSettings = {
  initialSilenceMs: 5_000,
  maxSilenceMs: 2_000,
  maxDurationMs: 10_000,
  stopTones: ['pound', 'tone1'],
}
const PROMPT = { mediaInfo: { uri: 'https://bot.example/a.wav' } }

const record = (rest: Partial<RecordResponseCommand> = {}): RecordResponseCommand => ({
  type: 'recordResponse',
  prompts: [],
  bargeInAllowed: false,
  settings: SETTINGS,
  recordingsUrl: 'https://ringback.example/recordings',
  ...rest,
})
const playPrompt = (loop?: number): Command => ({ type: 'playPrompt', prompts: [{ ...PROMPT, loop }] })
const say = (durationMs: number, audio?: string): Command => ({
  type: 'personSpeaks',
  personId: 'heidi',
  durationMs,
  ...(audio && { audio }),
})
const press = (tone: 'pound' | 'tone1' | 'tone2'): Command => ({ type: 'personPresses', personId: 'heidi', tone })

/** A call, and the time that passes in it. */
class Story {
  call: Call
  now = 10_000
  readonly ended: Operation[] = []
  #ids = 0

  constructor(call: Call = applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })) {
    this.call = call
  }

  send(command: Command): Decision {
    return this.#apply(
      decide<CommandType>(this.call, command, contextAt(this.now, { newId: () => `id ${++this.#ids}` })),
    )
  }

  /** Lets time pass, with the timers of the media that are due. */
  wait(ms: number): void {
    const end = this.now + ms
    for (;;) {
      const [next] = this.call.timers
        .filter(({ command, at }) => /Finished/.test(command.type) && at <= end)
        .toSorted((a, b) => a.at - b.at)
      if (!next) break
      this.now = next.at
      this.call = { ...this.call, timers: this.call.timers.filter((timer) => timer !== next) }
      this.send(next.command as Command)
    }
    this.now = end
  }

  #apply(decision: Decision): Decision {
    this.call = decision.call
    this.ended.push(...decision.events.flatMap((event) => (event.type === 'operationEnded' ? event.operation : [])))
    return decision
  }
}

/** The end of the first operation that has ended. */
function outcomeOf({ ended: [operation] }: Story) {
  if (!operation) return 'running'
  const { status, resultInfo, completionReason, recording } = operation
  return [status, resultInfo?.code, resultInfo?.subcode, completionReason, recording?.durationMs]
}

const segmentsOf = ({ call, ended }: Story) =>
  [...ended, ...call.operations]
    .find(({ recording }) => recording)
    ?.recording?.segments.map(({ startMs, durationMs }) => [startMs, startMs + durationMs])

test('the reply has a running operation with the place of its audio', () => {
  const { operations } = new Story().send(record({ clientContext: 'mine' }))
  expect(operations).toMatchObject([{ type: 'recordResponse', status: 'running', clientContext: 'mine' }])
  const { id, recording } = operations[0] as Operation
  expect(recording?.location).toBe(`https://ringback.example/recordings/call/${id}`)
  expect(recording?.accessToken).not.toBe(id)
})

test('a recording fails when nothing is said before the initial silence timeout', () => {
  const story = new Story()
  story.send(record())
  story.wait(4_999)
  expect(outcomeOf(story)).toBe('running')
  story.wait(1)
  expect(outcomeOf(story)).toEqual(['failed', 400, 8510, 'initialSilenceTimeout', 5_000])
})

test('a recording is completed after the maximum silence that follows the last word', () => {
  const story = new Story()
  story.send(record())
  story.wait(1_000)
  story.send(say(3_000))
  story.wait(4_999)
  expect(outcomeOf(story)).toBe('running')
  story.wait(1)
  expect(outcomeOf(story)).toEqual(['completed', 200, 8509, 'maxSilenceTimeout', 6_000])
  expect(segmentsOf(story)).toEqual([[1_000, 4_000]])
})

test('a recording is completed at its maximum duration, in the middle of a word', () => {
  const story = new Story()
  story.send(record())
  story.wait(4_000)
  story.send(say(60_000))
  story.wait(6_000)
  expect(outcomeOf(story)).toEqual(['completed', 200, 8515, 'maxRecordDurationReached', 10_000])
})

test('a recording with equal timeouts is completed at its maximum duration, also in silence', () => {
  const story = new Story()
  story.send(record({ settings: { ...SETTINGS, initialSilenceMs: 10_000 } }))
  story.wait(10_000)
  expect(outcomeOf(story)).toEqual(['completed', 200, 8515, 'maxRecordDurationReached', 10_000])
})

test('a stop tone completes a recording, with and without a subscription to tones', () => {
  const story = new Story()
  story.send(record())
  story.wait(1_500)
  story.send(press('tone2'))
  expect(outcomeOf(story)).toBe('running')
  story.send(press('pound'))
  expect(outcomeOf(story)).toEqual(['completed', 200, 8514, 'stopToneDetected', 1_500])

  const subscribed = new Story()
  subscribed.send({ type: 'subscribeToTone' })
  subscribed.send(record())
  const { events } = subscribed.send(press('tone1'))
  expect(events.map(({ type }) => type)).toEqual(['tonePressed', 'operationEnded'])
  expect(subscribed.call.timers.map(({ command }) => command.type)).not.toContain('recordingFinished')
})

test('what is said before a stop tone is kept, and what would come later is not', () => {
  const story = new Story()
  story.send(record())
  story.send(say(1_000))
  story.send(say(1_000))
  story.wait(500)
  story.send(press('pound'))
  expect(segmentsOf(story)).toEqual([[0, 1_000]])
})

test('a recording listens after its prompt, and begins with what was said during the prompt', () => {
  const story = new Story()
  story.send(record({ prompts: [PROMPT] }))
  story.wait(100)
  story.send(say(700))
  story.send(press('pound'))
  story.wait(400)
  expect(segmentsOf(story)).toEqual([[0, 700]])
  expect(outcomeOf(story)).toBe('running')
  story.wait(2_700)
  expect(outcomeOf(story)).toEqual(['completed', 200, 8509, 'maxSilenceTimeout', 2_700])
})

test('two people who speak at once are recorded one after the other', () => {
  const story = new Story()
  story.send(record())
  story.wait(1_000)
  story.send(say(2_000))
  story.wait(500)
  story.send(say(1_000))
  story.wait(4_500)
  expect(segmentsOf(story)).toEqual([
    [1_000, 3_000],
    [3_000, 4_000],
  ])
  expect(outcomeOf(story)).toEqual(['completed', 200, 8509, 'maxSilenceTimeout', 6_000])
})

test('speech without a recording, after its end, or beyond its maximum duration is ignored', () => {
  const story = new Story()
  expect(story.send(say(1_000))).toMatchObject({ operations: [], events: [] })
  story.send(record())
  story.send(say(10_000))
  story.send(say(1_000))
  expect(segmentsOf(story)).toEqual([[0, 10_000]])
  // The timer is late: the recording has ended, although its operation still runs.
  story.now += 10_000
  story.send(say(1_000))
  story.send(press('pound'))
  expect(outcomeOf(story)).toBe('running')
  story.wait(0)
  expect(outcomeOf(story)).toEqual(['completed', 200, 8515, 'maxRecordDurationReached', 10_000])
})

test('a person who is muted, in the lobby or on hold is not heard; one who is not in the call cannot speak', () => {
  const story = new Story()
  story.send(record())
  story.send({ type: 'personMutes', personId: 'heidi' })
  story.send(say(1_000))
  expect(segmentsOf(story)).toEqual([])
  story.send({ type: 'personUnmutes', personId: 'heidi' })
  story.send(say(1_000))
  expect(segmentsOf(story)).toEqual([[0, 1_000]])
  expect(() => story.send({ type: 'personSpeaks', personId: 'bob', durationMs: 1 })).toThrow('bob is not in this call')

  const inMeeting = new Story(applyCommands({ ...meeting(['audio']), mediaConfig: { type: 'serviceHosted' } }))
  inMeeting.send({ type: 'personJoins', info: participantInfo('heidi'), isInLobby: true })
  inMeeting.send(record())
  inMeeting.send(say(1_000))
  expect(segmentsOf(inMeeting)).toEqual([])

  const heidi = story.call.participants.find(({ info }) => info.identity.id === 'heidi')
  const held = new Story({ ...story.call, heldParticipantId: heidi?.id ?? '' })
  held.send(say(1_000))
  expect(segmentsOf(held)).toEqual([[0, 1_000]])
})

test('a recording accepts a hundred pieces of speech', () => {
  const story = new Story()
  story.send(record())
  for (let count = 0; count < 100; count++) story.send(say(1))
  expect(() => story.send(say(1))).toThrow('The recording has 100 pieces of speech already.')
})

test('prompts and recordings run in the order of their requests', () => {
  const story = new Story()
  story.send(playPrompt())
  story.send(record({ prompts: [PROMPT] }))
  story.send(playPrompt())
  story.send(say(100))
  story.wait(500)
  expect(story.ended.map(({ type }) => type)).toEqual(['playPrompt'])
  story.wait(500 + 2_100)
  expect(story.ended.map(({ type }) => type)).toEqual(['playPrompt', 'recordResponse'])
  story.wait(500)
  expect(story.ended.map(({ type }) => type)).toEqual(['playPrompt', 'recordResponse', 'playPrompt'])
})

test('with bargeInAllowed, a recording cancels the prompts and recordings that run or wait', () => {
  const story = new Story()
  story.send(playPrompt(0))
  story.send(record())
  const { operations } = story.send(record({ bargeInAllowed: true, clientContext: 'new' }))
  expect(operations.map(({ status, clientContext }) => [status, clientContext])).toEqual([
    ['running', 'new'],
    ['failed', undefined],
    ['failed', undefined],
  ])
  expect(story.ended.map(({ completionReason }) => completionReason)).toEqual([undefined, 'operationCanceled'])
  story.wait(5_000)
  expect(story.ended).toHaveLength(3)
})

test('canceling ends the running and the waiting recordings', () => {
  const story = new Story()
  story.send(record())
  story.send(record())
  story.send({ type: 'cancelMediaProcessing' })
  expect(outcomeOf(story)).toEqual(['failed', 400, 8508, 'operationCanceled', undefined])
  expect(story.ended).toHaveLength(2)
  expect(story.call.operations).toEqual([])
  story.wait(60_000)
  expect(story.ended).toHaveLength(2)
})

test('a recording fails when the call ends', () => {
  const story = new Story()
  story.send(record())
  story.send(say(1_000))
  const { events } = story.send({ type: 'personLeaves', personId: 'heidi' })
  expect(events.map(({ type }) => type)).toEqual(['operationEnded', 'terminated'])
  expect(outcomeOf(story)).toEqual(['failed', 200, 4521, undefined, undefined])
})

test('a recording needs service-hosted media, also when it barges in', () => {
  const { call } = new Story()
  const story = new Story({ ...call, mediaConfig: { type: 'appHosted' } })
  const start = () => story.send(record({ bargeInAllowed: true }))
  expect(start).toThrow('The call has application-hosted media; recordResponse needs service-hosted media.')
})

test('whatever is said, a recording ends in time, and its segments are in order and do not overlap', () => {
  const anyAct = fc.oneof(
    fc.record({ wait: fc.nat(4_000) }),
    fc.record({ say: fc.integer({ min: 1, max: 6_000 }) }),
    fc.record({ press: fc.constantFrom('pound' as const, 'tone2' as const) }),
  )
  fc.assert(
    fc.property(fc.boolean(), fc.array(anyAct, { maxLength: 12 }), (hasPrompt, acts) => {
      const story = new Story()
      story.send(record(hasPrompt ? { prompts: [PROMPT] } : {}))
      for (const act of acts) {
        if ('wait' in act) story.wait(act.wait)
        else story.send('say' in act ? say(act.say) : press(act.press))
      }
      story.wait(500 + SETTINGS.maxDurationMs)
      expect(story.ended).toHaveLength(1)
      const { durationMs = Number.NaN } = story.ended[0]?.recording ?? {}
      expect(durationMs).toBeGreaterThanOrEqual(0)
      expect(durationMs).toBeLessThanOrEqual(SETTINGS.maxDurationMs)
      let end = 0
      for (const [from = 0, to = 0] of segmentsOf(story) ?? []) {
        expect(from).toBeGreaterThanOrEqual(end)
        expect(from).toBeLessThan(durationMs)
        end = to
      }
    }),
    { numRuns: 500 },
  )
})

test('prompts play for the length of their media, times their loops; unknown ones together for a fixed time', () => {
  const durationOf = (...prompts: MediaPrompt[]) => {
    const story = new Story()
    story.send({ type: 'playPrompt', prompts })
    return (story.call.timers.find(({ command }) => command.type === 'promptFinished')?.at ?? 0) - story.now
  }
  expect(durationOf({ ...PROMPT, durationMs: 1_000 })).toBe(1_000)
  expect(durationOf({ ...PROMPT, durationMs: 1_000, loop: 3 }, { ...PROMPT, durationMs: 50 })).toBe(3_050)
  expect(durationOf({ ...PROMPT, durationMs: 1_000 }, PROMPT, PROMPT)).toBe(1_500)
  expect(durationOf(PROMPT, { ...PROMPT, loop: 3 })).toBe(500)
  expect(durationOf({ ...PROMPT, durationMs: 100_000, loop: 2 ** 31 - 1 })).toBe(24 * 3_600_000)
})
