import * as z from 'zod'
import type { CallState } from '../../shared/calls/call.js'
import { endReasonResults } from '../../shared/calls/endReasons.js'
import { DIALECT_NAMES, MODALITIES, TONES } from '../../shared/calls/resources.js'
import { faultsBody } from '../../shared/graph/requests/faultsBody.js'
import { DURATION, parseDuration } from '../../shared/platform/duration.js'
import { REACTIONS } from '../../shared/simulator/people.js'
import { MAX_AUDIO_MS } from '../../shared/simulator/wav.js'

// The format of a scenario file, version 1: it validates a file, types it, and is published as scenario.schema.json.

/** The states in which a stored call can be. */
const STATES = [
  'incoming',
  'redirecting',
  'establishing',
  'established',
  'transferring',
  'terminated',
] as const satisfies readonly CallState[]
const DELIVERIES = ['pending', 'delivered', 'deadLettered'] as const

/** Enough for the first two retries of a notification, after 1 and 2 seconds. */
export const DEFAULT_WITHIN = '5s'
/** A person picks up after this time: long enough for the bot to be notified that they ring. */
export const DEFAULT_ANSWER_AFTER = '200ms'
/** Scenarios are for one conversation; a longer one is easier to read as several files. */
const MAX_STEPS = 500
const MAX_PEOPLE = 100
const MAX_TEXT = 1_024
/** As POST /simulator/people/{userId}/say accepts. */
const MIN_SPEECH_SECONDS = 0.1
const MAX_SPEECH_SECONDS = MAX_AUDIO_MS / 1_000

/** Returns a duration of a valid scenario in milliseconds. */
export const toMilliseconds = (duration: string): number => parseDuration(duration) ?? 0

const text = z.string().min(1).max(MAX_TEXT)
const duration = z
  .string()
  .regex(DURATION, 'must be a duration such as 500ms, 2s, 1.5m or 1h')
  .meta({ description: 'A duration such as 500ms, 2s, 1.5m or 1h.' })
const personName = text.meta({ description: 'The key of a person in `people`.' })
const callName = text.meta({ description: 'The name that an earlier step has given to a call with `as`.' })

const target = {
  call: callName.optional(),
  within: duration.optional().meta({ description: `The deadline of the step; ${DEFAULT_WITHIN} unless given.` }),
}
const personAction = z.strictObject({ person: personName, ...target })

const requestExpectation = z.union([
  text,
  z.strictObject({
    action: text.meta({
      description: 'The path behind the call, such as answer or participants/invite, with its method if it matters.',
    }),
    body: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'Properties that the body has; a property that is an object may have more.' }),
    status: z
      .int()
      .min(100)
      .max(599)
      .optional()
      .meta({ description: 'The status of the reply; any that is not an error unless given.' }),
    as: text.optional().meta({ description: 'A name for the call that the request has created or is about.' }),
  }),
])

const notificationExpectation = z.union([
  text,
  z.strictObject({
    what: text.optional().meta({ description: 'What it reports, or how that begins, such as updated participants.' }),
    sequence: z.int().min(1).optional(),
    delivery: z.enum(DELIVERIES).optional().meta({ description: '`delivered` unless given.' }),
    attempts: z.int().min(1).optional().meta({ description: 'How many attempts there were so far.' }),
  }),
])

/** What a step can expect; exactly one of them. */
export const EXPECTATIONS = [
  'state',
  'participants',
  'lobby',
  'request',
  'notification',
  'endReason',
  'noRefusedRequests',
] as const

const expectation = z
  .strictObject({
    state: z.enum(STATES).optional(),
    participants: z
      .array(personName)
      .optional()
      .meta({ description: 'Exactly the people who are in the call, besides the bot.' }),
    lobby: z.array(personName).optional().meta({ description: 'Exactly the people who wait in the lobby.' }),
    request: requestExpectation.optional(),
    notification: notificationExpectation.optional(),
    endReason: z.enum(Object.keys(endReasonResults) as (keyof typeof endReasonResults)[]).optional(),
    noRefusedRequests: z.literal(true).optional(),
    ...target,
  })
  .meta({ description: `Waits until one of these is true: ${EXPECTATIONS.join(', ')}.` })

const verbs = {
  call: z
    .strictObject({
      from: personName,
      to: text.optional().meta({ description: 'The id of the resource account of the bot that is called.' }),
      subject: text.optional(),
      modalities: z.array(z.enum(MODALITIES)).min(1).optional(),
      as: text.optional().meta({ description: 'A name for the call.' }),
    })
    .meta({ description: 'A person calls the bot.' }),
  join: z
    .strictObject({ person: personName, lobby: z.boolean().optional(), ...target })
    .meta({ description: 'A person joins a group call or a meeting, with `lobby` first its lobby.' }),
  answer: personAction.meta({ description: 'A person who rings answers.' }),
  decline: personAction.meta({ description: 'A person who rings declines.' }),
  busy: personAction.meta({ description: 'A person who rings is busy.' }),
  press: z
    .strictObject({ person: personName, tone: z.enum(TONES), ...target })
    .meta({ description: 'A person presses a key, once the bot listens to tones.' }),
  say: z
    .strictObject({
      person: personName,
      seconds: z.number().min(MIN_SPEECH_SECONDS).max(MAX_SPEECH_SECONDS),
      ...target,
    })
    .meta({ description: 'A person says something, once the bot records.' }),
  mute: personAction.meta({ description: 'A person mutes themselves.' }),
  unmute: personAction.meta({ description: 'A person unmutes themselves.' }),
  admit: personAction.meta({ description: 'The organizer admits a person from the lobby.' }),
  refuse: personAction.meta({ description: 'The organizer removes a person from the lobby.' }),
  leave: personAction.meta({ description: 'A person hangs up.' }),
  expect: expectation,
}
export const VERBS = Object.keys(verbs) as readonly (keyof typeof verbs)[]

const step = z
  .strictObject({
    after: duration.optional().meta({ description: 'How long to wait after the previous step.' }),
    ...z.object(verbs).partial().shape,
  })
  .meta({ minProperties: 1, maxProperties: 2, description: 'One verb, and `after` if it is to wait.' })

const person = z.strictObject({
  name: text.optional().meta({ description: 'The display name; the key of the person unless given.' }),
  id: text.optional().meta({
    description:
      'The id of a person whom the bot knows. Without it each run has another id, so that runs do not affect each other.',
  }),
  onCall: z.enum(REACTIONS).optional().meta({ description: 'What they do when they ring; `answer` unless given.' }),
  after: duration
    .optional()
    .meta({ description: `How long they ring before they do that; ${DEFAULT_ANSWER_AFTER} unless given.` }),
})

const bot = z.strictObject({
  callback: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).meta({
    description: 'Where incoming calls are notified.',
  }),
  applicationId: z
    .guid({ error: 'must be a GUID' })
    .optional()
    .meta({ description: 'The id that the bot accepts in tokens; another one in each run unless given.' }),
  dialect: z
    .enum(DIALECT_NAMES)
    .optional()
    .meta({ description: '`app` for a bot of the 2019 API; `communications` unless given.' }),
})

export const scenarioSchema = z
  .strictObject({
    version: z.literal(1),
    name: text.meta({ description: 'What the scenario shows, in a sentence.' }),
    bot,
    seed: faultsBody.shape.seed.meta({ description: 'Of the random numbers of faults.' }),
    people: z.record(
      text,
      person.nullable().transform((details) => details ?? {}),
    ),
    faults: faultsBody.shape.faults
      .optional()
      .meta({ description: 'Faults of this bot, while the scenario runs. Each must apply at least once.' }),
    steps: z.array(step).min(1).max(MAX_STEPS),
  })
  .refine(({ people }) => Object.keys(people).length <= MAX_PEOPLE, {
    path: ['people'],
    error: `must have at most ${MAX_PEOPLE} people`,
  })
  .meta({ title: 'Ringback scenario', description: 'A call that `ringback run` plays with a bot.' })

export type Scenario = z.output<typeof scenarioSchema>
export type Step = Scenario['steps'][number]
export type Verb = (typeof VERBS)[number]
export type Expectation = z.output<typeof expectation>
export type RequestExpectation = Exclude<z.output<typeof requestExpectation>, string>
export type NotificationExpectation = Exclude<z.output<typeof notificationExpectation>, string>

/** The short form of an expectation names the action only. */
export const toRequest = (request: RequestExpectation | string): RequestExpectation =>
  typeof request === 'string' ? { action: request } : request

/** The short form of an expectation says only what the notification reports. */
export const toNotification = (notification: NotificationExpectation | string): NotificationExpectation =>
  typeof notification === 'string' ? { what: notification } : notification

/** Returns the JSON Schema (2020-12) that editors use. */
export function toJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(scenarioSchema, { io: 'input', target: 'draft-2020-12' })
  return { $schema, ...schema }
}
