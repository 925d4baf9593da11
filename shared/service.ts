import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { v4 } from 'uuid'
import { AccessTokens } from './access/accessTokens.js'
import { NotificationTokens } from './access/notificationTokens.js'
import { RateLimit } from './access/rateLimit.js'
import { loadSigningKey, type SigningKey } from './access/signingKey.js'
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
import type { Queues } from './storage/queues.js'
import type { Tables } from './storage/tables.js'
import { WatchStore } from './storage/watchStore.js'

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
  /** The key of a purpose: `access` for tokens in, `notifications` for tokens out. */
  readonly signingKey: (purpose: 'access' | 'notifications') => Promise<SigningKey>
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
  const accessKey = () => (settings.RINGBACK_LOCAL ? world.signingKey('access') : undefined)
  return {
    ...world,
    settings,
    behaviour: {
      default: settings.SIMULATOR_DEFAULT ?? (settings.RINGBACK_LOCAL ? 'answer' : 'wait'),
      answerAfterMs: settings.SIMULATOR_ANSWER_AFTER_MS,
    },
    calls: new CallStore(tables),
    watch: new WatchStore(tables),
    callIndex: new CallIndex(tables),
    bots: new BotStore(tables),
    bulkheads: new Bulkheads(settings.CALLS_PER_CALLBACK_HOST, (callId) =>
      world.queues.send('notifications', { callId }, 0),
    ),
    rateLimit: new RateLimit(tables, settings.REQUESTS_PER_10_SECONDS, now),
    accessTokens: new AccessTokens(
      accessKey,
      { issuers: settings.TOKEN_ISSUERS, audiences: settings.TOKEN_AUDIENCES },
      now,
    ),
    notificationTokens: new NotificationTokens(
      () => world.signingKey('notifications'),
      settings.NOTIFICATION_ISSUER,
      now,
    ),
  }
}

function realWorld(settings: Settings): World {
  const storage = storageAddress(settings)
  const callbackAddresses = new CallbackAddresses(settings, resolve)
  const keys = new Map<string, Promise<SigningKey>>()
  return {
    tables: new AzureTables(storage),
    queues: new AzureQueues(storage),
    clock: { now: Date.now, sleep },
    newId: v4,
    random: Math.random,
    callbackAddresses,
    send: createSend(callbackAddresses),
    signingKey: (purpose) => {
      const key = keys.get(purpose) ?? loadSigningKey(join(settings.KEYS_DIRECTORY, `${purpose}.json`))
      keys.set(purpose, key)
      // A key that could not be loaded is tried again next time.
      key.catch(() => keys.delete(purpose))
      return key
    },
  }
}

/** Where the storage of these settings is. */
export function storageAddress(settings: Settings): StorageAddress {
  const { CALLS_STORAGE__tableServiceUri: tableServiceUri, CALLS_STORAGE__queueServiceUri: queueServiceUri } = settings
  if (!tableServiceUri || !queueServiceUri) return settings.CALLS_STORAGE
  return { tableServiceUri, queueServiceUri, credential: azureIdentity() }
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
