import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileKeySource } from '../../../shared/auth/keys/fileKeySource.js'
import { KeyRing } from '../../../shared/auth/keys/keyRing.js'
import type { Command, CreationCommand } from '../../../shared/calls/commands.js'
import { contentSharingSessionsOf } from '../../../shared/calls/contentSharing.js'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import { readSettings } from '../../../shared/service/config.js'
import { createService, type Service } from '../../../shared/service/service.js'
import { MemoryBlobs, MemoryTables } from '../../../shared/storage/memory.js'
import { TABLES } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { MemoryQueues } from '../../support/memoryQueues.js'
import type { Known } from './requests.js'

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const OURS = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'
const THEIRS = '11a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c22'
const UNKNOWN = '22a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c33'
const CALLBACK = 'https://bot.example/calls'
const START = 1_700_000_000_000
const RECORD: Command = {
  type: 'recordResponse',
  prompts: [],
  bargeInAllowed: false,
  settings: { initialSilenceMs: 5_000, maxSilenceMs: 5_000, maxDurationMs: 5_000, stopTones: ['pound'] },
  recordingsUrl: 'http://localhost/recordings',
}

const keys = new KeyRing(fileKeySource(mkdtempSync(join(tmpdir(), 'ringback-fuzz-')), 'access'))

/** A service on the in-memory storage, with calls in every state, and a token for it. */
export interface FuzzWorld {
  readonly service: Service
  readonly token: string
  readonly known: Known
  /** All rows of the storage and the names of its blobs, as text. */
  dump(): Promise<string>
}

export async function newFuzzWorld(random: () => number): Promise<FuzzWorld> {
  const tables = new MemoryTables()
  const blobs = new MemoryBlobs()
  const service = createFuzzService({ tables, blobs }, random)
  const stored = await storeCalls(service)
  const tokenRequest = { baseUrl: 'http://localhost', applicationId: OURS, tenant: TENANT }
  const { access_token: token } = await service.accessTokens.issue(tokenRequest)
  return {
    service,
    token,
    known: {
      applicationId: OURS,
      tenantId: TENANT,
      callbackUri: CALLBACK,
      calls: [...stored.calls, guid(random)],
      operations: [...stored.operations, guid(random), 'x'],
      participants: [...stored.participants, guid(random), 'x'],
      sessions: [...stored.sessions, guid(random), 'x'],
      applications: [OURS, THEIRS, UNKNOWN],
      people: ['ann', 'bob', 'cleo', 'dora', 'emil', 'fay', '550fae72-d251-43ec-868c-373732c2704f'],
    },
    dump: async () => {
      const rows = TABLES.map((table) => tables.list(table, { to: '~', limit: Number.POSITIVE_INFINITY }))
      return JSON.stringify([await Promise.all(rows), blobs.names()])
    },
  }
}

function createFuzzService(storage: { tables: MemoryTables; blobs: MemoryBlobs }, random: () => number): Service {
  const settings = readSettings({ RINGBACK_LOCAL: 'true', REQUESTS_PER_10_SECONDS: '0', SIMULATOR_DEFAULT: 'wait' })
  return createService(settings, {
    ...storage,
    queues: new MemoryQueues(),
    clock: { now: () => START, sleep: async () => undefined },
    tokenTime: () => START,
    newId: () => guid(random),
    random,
    send: async () => ({ status: 202 }),
    post: async () => ({ status: 202, location: undefined, retryAfter: undefined }),
    readCertificate: async () => undefined,
    measurePrompt: async () => undefined,
    fetchMedia: async () => undefined,
    callbackUrlPolicy: new CallbackUrlPolicy(settings, async () => []),
    keys: { access: keys, notifications: keys },
  })
}

/** Stores a bot, calls of it in several states, and a call of another application, which comes last. */
async function storeCalls(
  service: Service,
): Promise<Pick<Known, 'calls' | 'operations' | 'participants' | 'sessions'>> {
  const owner = { applicationId: OURS, tenantId: TENANT, callbackUri: CALLBACK }
  await service.bots.put({
    applicationId: OURS,
    displayName: 'Bot',
    tenantId: TENANT,
    callingWebhook: CALLBACK,
    dialect: 'app',
  })
  const create = async (command: CreationCommand, applicationId = OURS) => {
    const owned = { ...command, ...owner, applicationId, id: service.newId() }
    return (await createCall(service, owned, 'communications')).call.id
  }
  const change = (id: string, command: Command) => changeCall(service, id, command, { authorize: () => undefined })
  const ringing = await create({ ...incomingCall, from: participantInfo('ann') })
  const established = await create({ ...incomingCall, from: participantInfo('bob') })
  await change(established, answer)
  await change(established, RECORD)
  const joined = await create(meeting(['audio']))
  const invited = await change(joined, { type: 'invite', participants: [participantInfo('cleo')] })
  const outgoing = await create(outgoingCall('dora'))
  const ended = await create(meeting())
  await change(ended, { type: 'hangUp' })
  const theirs = await create(meeting(), THEIRS)
  await change(joined, { type: 'personJoins', info: participantInfo('emil') })
  const { call } = await change(joined, { type: 'personShares', personId: 'emil' })
  return {
    // Requests choose the meeting twice as often, because it accepts the most commands.
    calls: [ringing, established, joined, joined, outgoing, ended, theirs],
    operations: invited.operations.map(({ id }) => id),
    participants: call.participants.map(({ id }) => id),
    sessions: contentSharingSessionsOf(call).map(({ id }) => id),
  }
}

const guid = (random: () => number): string =>
  'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', () => Math.floor(random() * 16).toString(16))
