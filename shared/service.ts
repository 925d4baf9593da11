import { setTimeout as sleep } from 'node:timers/promises'
import { v4 } from 'uuid'
import { AccessTokens } from './access/accessTokens.js'
import { fileVersions } from './access/fileKey.js'
import { KeyRing } from './access/keyRing.js'
import { NotificationTokens } from './access/notificationTokens.js'
import { RateLimit } from './access/rateLimit.js'
import { connectAs, vaultVersions } from './access/vaultKey.js'
import { azureIdentity } from './azureIdentity.js'
import { ConfigError, readSettings, type Settings } from './config.js'
import { Bulkheads } from './delivery/bulkheads.js'
import { CallbackAddresses, resolve } from './delivery/callbackAddresses.js'
import { createSend, type Send } from './delivery/send.js'
import type { Behaviour } from './simulator/people.js'
import { AzureQueues, AzureTables, isEmulator, type StorageAddress } from './storage/azure.js'
import { BotStore } from './storage/botStore.js'
import { CallIndex } from './storage/callIndex.js'
import { CallStore } from './storage/callStore.js'
import type { QueueName, Queues, TimerMessage, WakeMessage } from './storage/queues.js'
import type { Tables } from './storage/tables.js'
import { WatchStore } from './storage/watchStore.js'
import { traceparent } from './telemetry.js'

interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  sleep(milliseconds: number): Promise<unknown>
}

/** Everything of the outside world that the service works with. Tests put their own in. */
export interface World {
  readonly tables: Tables
  readonly queues: Queues
  readonly clock: Clock
  readonly newId: () => string
  /** Between 0 and 1. */
  readonly random: () => number
  readonly callbackAddresses: CallbackAddresses
  readonly send: Send
  /** The keys by what they sign: `access` tokens in, `notifications` tokens out. */
  readonly keys: Readonly<Record<'access' | 'notifications', KeyRing>>
}

export interface Service extends World {
  readonly settings: Settings
  readonly behaviour: Behaviour
  readonly calls: CallStore
  readonly watch: WatchStore
  readonly callIndex: CallIndex
  readonly bots: BotStore
  readonly accessTokens: AccessTokens
  readonly notificationTokens: NotificationTokens
  readonly bulkheads: Bulkheads
  readonly rateLimit: RateLimit
}

/** Puts the service together. */
export function createService(settings: Settings, world: World): Service {
  const { tables, clock } = world
  const now = () => clock.now()
  const queues: Queues = {
    send: (queue: QueueName, message: WakeMessage | TimerMessage, delayMs: number) => {
      const traced = { ...message, traceparent: traceparent() }
      return world.queues.send(queue as 'notifications', traced as WakeMessage, delayMs)
    },
  }
  return {
    ...world,
    queues,
    settings,
    behaviour: {
      default: settings.SIMULATOR_DEFAULT ?? (settings.RINGBACK_LOCAL ? 'answer' : 'wait'),
      answerAfterMs: settings.SIMULATOR_ANSWER_AFTER_MS,
    },
    calls: new CallStore(tables),
    watch: new WatchStore(tables),
    callIndex: new CallIndex(tables),
    bots: new BotStore(tables),
    bulkheads: new Bulkheads(settings.CALLS_PER_CALLBACK_HOST, (callId) => queues.send('notifications', { callId }, 0)),
    rateLimit: new RateLimit(tables, settings.REQUESTS_PER_10_SECONDS, now),
    accessTokens: new AccessTokens(
      settings.RINGBACK_LOCAL ? world.keys.access : undefined,
      { issuers: settings.TOKEN_ISSUERS, audiences: settings.TOKEN_AUDIENCES },
      now,
    ),
    notificationTokens: new NotificationTokens(world.keys.notifications, settings.NOTIFICATION_ISSUER, now),
  }
}

function realWorld(settings: Settings): World {
  const { KEYS_DIRECTORY, NOTIFICATION_KEY } = settings
  const storage = storageAddress(settings)
  const callbackAddresses = new CallbackAddresses(settings, resolve)
  const notificationVersions = NOTIFICATION_KEY
    ? vaultVersions(NOTIFICATION_KEY, connectAs(azureIdentity))
    : fileVersions(KEYS_DIRECTORY, 'notifications')
  return {
    tables: new AzureTables(storage),
    queues: new AzureQueues(storage),
    clock: { now: Date.now, sleep },
    newId: v4,
    random: Math.random,
    callbackAddresses,
    send: createSend(callbackAddresses),
    keys: {
      access: new KeyRing(fileVersions(KEYS_DIRECTORY, 'access')),
      notifications: new KeyRing(notificationVersions),
    },
  }
}

/** Where the storage of these settings is. */
export function storageAddress(settings: Settings): StorageAddress {
  const { CALLS_STORAGE__tableServiceUri: tableServiceUri, CALLS_STORAGE__queueServiceUri: queueServiceUri } = settings
  if (!tableServiceUri || !queueServiceUri) return settings.CALLS_STORAGE
  return { tableServiceUri, queueServiceUri, credential: azureIdentity }
}

let running: Service | undefined

/** The service of this process, made at its first use from the environment. */
export function getService(): Service {
  if (!running) {
    const settings = readSettings()
    if (settings.RINGBACK_LOCAL && !isEmulator(storageAddress(settings))) {
      throw new ConfigError(
        "RINGBACK_LOCAL is true, which gives a token to anybody who asks, but CALLS_STORAGE is not the emulator's. " +
          'Leave RINGBACK_LOCAL out, or set CALLS_STORAGE to UseDevelopmentStorage=true.',
      )
    }
    running = createService(settings, realWorld(settings))
  }
  return running
}
