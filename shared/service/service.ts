import { setTimeout as sleep } from 'node:timers/promises'
import { v4 } from 'uuid'
import { AccessTokens } from '../auth/accessTokens.js'
import { fileKeySource } from '../auth/keys/fileKeySource.js'
import { KeyRing } from '../auth/keys/keyRing.js'
import { vaultClientFactory, vaultKeySource } from '../auth/keys/vaultKeySource.js'
import { NotificationTokens } from '../auth/notificationTokens.js'
import { RateLimit } from '../auth/rateLimit.js'
import { Bulkheads } from '../delivery/bulkheads.js'
import { withFaults } from '../delivery/callbackFaults.js'
import { CallbackUrlPolicy, createDnsResolver, resolveHost } from '../delivery/callbackUrlPolicy.js'
import { createFetchMedia, type FetchMedia } from '../delivery/fetchMedia.js'
import { createMeasurePrompt, type MeasurePrompt } from '../delivery/promptDuration.js'
import { createPost, createSend, type Post, type Send } from '../delivery/send.js'
import { EventLog } from '../inspection/eventLog.js'
import { azureIdentity } from '../platform/azureIdentity.js'
import type { Clock } from '../platform/clock.js'
import { traceparent } from '../platform/telemetry.js'
import { Faults } from '../simulator/faults.js'
import { type Behavior, Reactions } from '../simulator/people.js'
import {
  AzureBlobs,
  AzureQueues,
  AzureTables,
  type DataAddress,
  isEmulator,
  type StorageAddress,
} from '../storage/azure.js'
import type { Blobs } from '../storage/blobs.js'
import { BotStore } from '../storage/botStore.js'
import { CallIndex } from '../storage/callIndex.js'
import { CallStore } from '../storage/callStore.js'
import { MeetingStore } from '../storage/meetingStore.js'
import type { Queues } from '../storage/queues.js'
import { ShardedBlobs, ShardedTables } from '../storage/sharded.js'
import type { Tables } from '../storage/tables.js'
import { WatchdogStore } from '../storage/watchdogStore.js'
import { ConfigError, hasEventLog, hasFaults, readSettings, type Settings } from './config.js'

// The composition root: the only file that knows every module. The others declare the dependencies that they use.

/** Everything outside the process. Tests provide their own. */
export interface Dependencies {
  readonly tables: Tables
  readonly blobs: Blobs
  readonly queues: Queues
  readonly clock: Clock
  readonly newId: () => string
  /** Between 0 and 1. */
  readonly random: () => number
  readonly callbackUrlPolicy: CallbackUrlPolicy
  readonly send: Send
  /** Sends the test notifications of the doctor. */
  readonly post: Post
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
  const { tables, clock } = dependencies
  const now = () => clock.now()
  const faults = hasFaults(settings) ? new Faults() : undefined
  const calls = new CallStore(tables)
  const notificationTokens = new NotificationTokens(dependencies.keys.notifications, settings.NOTIFICATION_ISSUER, now)
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
    bots: new BotStore(tables),
    meetings: new MeetingStore(tables),
    bulkheads: new Bulkheads((callId) => queues.send('notifications', { callId }, 0)),
    eventLog: hasEventLog(settings) ? new EventLog(now) : undefined,
    faults,
    ...(faults && { send: withFaults(dependencies.send, { faults, calls, notificationTokens, clock }) }),
    rateLimit: new RateLimit(tables, settings.REQUESTS_PER_10_SECONDS, now),
    accessTokens: new AccessTokens(
      settings.RINGBACK_LOCAL ? dependencies.keys.access : undefined,
      { issuers: settings.TOKEN_ISSUERS, audiences: settings.TOKEN_AUDIENCES },
      now,
    ),
    notificationTokens,
  }
}

function productionDependencies(settings: Settings): Dependencies {
  const { KEYS_DIRECTORY, NOTIFICATION_KEY } = settings
  const accounts = accountAddresses(settings)
  const callbackUrlPolicy = new CallbackUrlPolicy(settings, resolveHost)
  // Prompts come from many hosts, whose name servers may not answer; only locally are their names in a hosts file.
  const mediaUrlPolicy = settings.RINGBACK_LOCAL
    ? callbackUrlPolicy
    : new CallbackUrlPolicy(settings, createDnsResolver())
  const notificationKeySource = NOTIFICATION_KEY
    ? vaultKeySource(NOTIFICATION_KEY, vaultClientFactory(azureIdentity))
    : fileKeySource(KEYS_DIRECTORY, 'notifications')
  return {
    tables: new ShardedTables(accounts.map((address) => new AzureTables(address))),
    blobs: new ShardedBlobs(accounts.map((address) => new AzureBlobs(address))),
    queues: new AzureQueues(storageAddress(settings)),
    clock: { now: Date.now, sleep },
    newId: v4,
    random: Math.random,
    callbackUrlPolicy,
    send: createSend(callbackUrlPolicy),
    post: createPost(callbackUrlPolicy),
    measurePrompt: createMeasurePrompt(mediaUrlPolicy),
    fetchMedia: createFetchMedia(mediaUrlPolicy),
    keys: {
      access: new KeyRing(fileKeySource(KEYS_DIRECTORY, 'access')),
      notifications: new KeyRing(notificationKeySource),
    },
  }
}

/** The storage that the settings name: a connection string, or service URIs with the identity of this process. */
function storageAddress(settings: Settings): StorageAddress {
  const {
    CALLS_STORAGE__blobServiceUri: blobServiceUri,
    CALLS_STORAGE__tableServiceUri: tableServiceUri,
    CALLS_STORAGE__queueServiceUri: queueServiceUri,
  } = settings
  if (!blobServiceUri || !tableServiceUri || !queueServiceUri) return settings.CALLS_STORAGE
  return { blobServiceUri, tableServiceUri, queueServiceUri, credential: azureIdentity }
}

/** The accounts to which calls are distributed, in the order of the settings; the first one is that of the queues. */
export function accountAddresses(settings: Settings): DataAddress[] {
  const { MORE_CALLS_STORAGE__blobServiceUri: blobServiceUris, MORE_CALLS_STORAGE__tableServiceUri: tableServiceUris } =
    settings
  const more = tableServiceUris.map((tableServiceUri, index) => {
    return { blobServiceUri: blobServiceUris[index] ?? '', tableServiceUri, credential: azureIdentity }
  })
  return [storageAddress(settings), ...(more.length > 0 ? more : settings.MORE_CALLS_STORAGE)]
}

let processService: Service | undefined

/**
 * The service of this process, created from the environment at its first use.
 *
 * @throws ConfigError
 */
export function getService(): Service {
  if (!processService) {
    const settings = readSettings()
    if (settings.RINGBACK_LOCAL && !accountAddresses(settings).every(isEmulator)) {
      throw new ConfigError(
        'RINGBACK_LOCAL is true, so every client gets a token, but CALLS_STORAGE or MORE_CALLS_STORAGE is not the ' +
          'emulator. Unset RINGBACK_LOCAL, or set CALLS_STORAGE to UseDevelopmentStorage=true.',
      )
    }
    processService = createService(settings, productionDependencies(settings))
  }
  return processService
}
