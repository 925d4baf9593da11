import { AccessTokens } from '../auth/accessTokens.js'
import type { KeyRing } from '../auth/keys/keyRing.js'
import { NotificationTokens } from '../auth/notificationTokens.js'
import { RateLimit } from '../auth/rateLimit.js'
import { Bulkheads } from '../delivery/bulkheads.js'
import { withFaults } from '../delivery/callbackFaults.js'
import type { CallbackUrlPolicy } from '../delivery/callbackUrlPolicy.js'
import type { ReadCertificate } from '../delivery/certificate.js'
import type { FetchMedia } from '../delivery/fetchMedia.js'
import type { MeasurePrompt } from '../delivery/promptDuration.js'
import type { Post, Send } from '../delivery/send.js'
import { EventLog } from '../inspection/eventLog.js'
import type { Clock } from '../platform/clock.js'
import { traceparent } from '../platform/telemetry.js'
import { Faults } from '../simulator/faults.js'
import { type Behavior, Reactions } from '../simulator/people.js'
import type { Blobs } from '../storage/blobs.js'
import { BotStore } from '../storage/botStore.js'
import { CallIndex } from '../storage/callIndex.js'
import { CallStore } from '../storage/callStore.js'
import { MeetingStore } from '../storage/meetingStore.js'
import type { Queues } from '../storage/queues.js'
import type { Tables } from '../storage/tables.js'
import { WatchdogStore } from '../storage/watchdogStore.js'
import { hasEventLog, hasFaults, type Settings } from './config.js'

// The composition root: the only file that knows every module. The others declare the dependencies that they use.

/** Everything outside the process. Tests provide their own. */
export interface Dependencies {
  readonly tables: Tables
  readonly blobs: Blobs
  readonly queues: Queues
  readonly clock: Clock
  /** The time by which tokens are issued and verified, in milliseconds since 1970: that of the bots. */
  readonly tokenTime: () => number
  readonly newId: () => string
  /** Between 0 and 1. */
  readonly random: () => number
  readonly callbackUrlPolicy: CallbackUrlPolicy
  readonly send: Send
  /** Sends the test notifications of the doctor. */
  readonly post: Post
  /** Reads the certificate of a callback for the doctor. */
  readonly readCertificate: ReadCertificate
  readonly measurePrompt: MeasurePrompt
  /** Fetches prompts for the phone of the inspector. */
  readonly fetchMedia: FetchMedia
  /** The keys that sign access tokens and the tokens on notifications. */
  readonly keys: Readonly<Record<'access' | 'notifications', KeyRing>>
}

export interface Service extends Dependencies {
  readonly settings: Settings
  readonly behavior: Behavior & { readonly reactions: Reactions }
  readonly calls: CallStore
  readonly watchdog: WatchdogStore
  readonly callIndex: CallIndex
  readonly bots: BotStore
  readonly meetings: MeetingStore
  readonly accessTokens: AccessTokens
  readonly notificationTokens: NotificationTokens
  readonly bulkheads: Bulkheads
  readonly rateLimit: RateLimit
  /** What this process did, for the inspector. Present in a local process only. */
  readonly eventLog: EventLog | undefined
  /** Present where FAULTS allows them. */
  readonly faults: Faults | undefined
}

export function createService(settings: Settings, dependencies: Dependencies): Service {
  const { tables, clock, tokenTime } = dependencies
  const now = () => clock.now()
  const faults = hasFaults(settings) ? new Faults() : undefined
  const calls = new CallStore(tables)
  const notificationTokens = new NotificationTokens(
    dependencies.keys.notifications,
    settings.NOTIFICATION_ISSUER,
    tokenTime,
  )
  // Every message carries the trace of the request that sends it.
  const queues: Queues = {
    send: (queue, message, delayMs) =>
      dependencies.queues.send(queue, { ...message, traceparent: traceparent() }, delayMs),
  }
  return {
    ...dependencies,
    queues,
    settings,
    measurePrompt:
      (settings.FETCH_PROMPTS ?? !settings.RINGBACK_LOCAL) ? dependencies.measurePrompt : async () => undefined,
    behavior: {
      default: settings.SIMULATOR_DEFAULT ?? (settings.RINGBACK_LOCAL ? 'answer' : 'wait'),
      answerAfterMs: settings.SIMULATOR_ANSWER_AFTER_MS,
      reactions: new Reactions(),
    },
    calls,
    watchdog: new WatchdogStore(tables),
    callIndex: new CallIndex(tables),
    bots: new BotStore(tables, clock),
    meetings: new MeetingStore(tables),
    bulkheads: new Bulkheads((callId) => queues.send('notifications', { callId }, 0), clock),
    eventLog: hasEventLog(settings) ? new EventLog(now) : undefined,
    faults,
    ...(faults && { send: withFaults(dependencies.send, { faults, calls, notificationTokens, clock }) }),
    rateLimit: new RateLimit(tables, settings.REQUESTS_PER_10_SECONDS, now),
    accessTokens: new AccessTokens(
      settings.RINGBACK_LOCAL ? dependencies.keys.access : undefined,
      { issuers: settings.TOKEN_ISSUERS, audiences: settings.TOKEN_AUDIENCES },
      tokenTime,
    ),
    notificationTokens,
  }
}
