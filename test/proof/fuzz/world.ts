import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileKeySource } from '../../../shared/auth/keys/fileKeySource.js'
import { KeyRing } from '../../../shared/auth/keys/keyRing.js'
import { CallbackUrlPolicy } from '../../../shared/delivery/callbackUrlPolicy.js'
import { changeCall, createCall } from '../../../shared/engine/changeCall.js'
import { readSettings } from '../../../shared/service/config.js'
import { createService, type Service } from '../../../shared/service/service.js'
import { MemoryQueues, MemoryTables } from '../../../shared/storage/memory.js'
import { TABLES } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import type { Known } from './requests.js'

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const OURS = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'
const THEIRS = '11a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c22'
const NOBODYS = '22a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c33'
const CALLBACK = 'https://bot.example/calls'
const START = 1_700_000_000_000

const keys = new KeyRing(fileKeySource(mkdtempSync(join(tmpdir(), 'ringback-fuzz-')), 'access'))

/** A service on the twin of the storage, in which there is something of everything, and a token for it. */
export interface FuzzWorld {
  readonly service: Service
  readonly token: string
  readonly known: Known
  /** Everything that is stored. */
  dump(): Promise<string>
}

export async function newFuzzWorld(random: () => number): Promise<FuzzWorld> {
  const settings = readSettings({ RINGBACK_LOCAL: 'true', REQUESTS_PER_10_SECONDS: '0', SIMULATOR_DEFAULT: 'wait' })
  const tables = new MemoryTables()
  const service = createService(settings, {
    tables,
    queues: new MemoryQueues(),
    clock: { now: () => START, sleep: async () => undefined },
    newId: () => guid(random),
    random,
    send: async () => ({ status: 202 }),
    callbackUrlPolicy: new CallbackUrlPolicy(settings, async () => []),
    keys: { access: keys, notifications: keys },
  })
  const bot = {
    applicationId: OURS,
    displayName: 'Bot',
    tenantId: TENANT,
    callingWebhook: CALLBACK,
    dialect: 'app' as const,
  }
  await service.bots.put(bot)
  const owned = { applicationId: OURS, tenantId: TENANT, callbackUri: CALLBACK }
  const make = async (command: typeof incomingCall | ReturnType<typeof meeting>, owner = owned) => {
    const { call } = await createCall(service, { ...command, ...owner, id: service.newId() }, 'communications')
    return call.id
  }
  const change = (id: string, command: Parameters<typeof changeCall>[2]) =>
    changeCall(service, id, command, { authorize: () => undefined })
  const ringing = await make({ ...incomingCall, from: person('ann') })
  const established = await make({ ...incomingCall, from: person('bob') })
  await change(established, answer)
  await change(established, { type: 'connect' })
  const joined = await make(meeting(['audio']))
  await change(joined, { type: 'connect' })
  const invited = await change(joined, { type: 'invite', participants: [person('cleo')] })
  const outgoing = await make(outgoingCall('dora'))
  const ended = await make(meeting())
  await change(ended, { type: 'hangUp' })
  const theirs = await make(meeting(), { ...owned, applicationId: THEIRS })
  const { call } = await change(joined, { type: 'personJoins', info: person('emil') })
  return {
    service,
    token: await service.accessTokens.issue({ baseUrl: 'http://localhost', applicationId: OURS, tenant: TENANT }),
    known: {
      applicationId: OURS,
      tenantId: TENANT,
      callbackUri: CALLBACK,
      calls: [ringing, established, joined, joined, outgoing, ended, theirs, guid(random)],
      operations: [...invited.operations.map(({ id }) => id), guid(random), 'x'],
      participants: [...call.participants.map(({ id }) => id), guid(random), 'x'],
      applications: [OURS, THEIRS, NOBODYS],
      people: ['ann', 'bob', 'cleo', 'dora', 'emil', 'fay', '550fae72-d251-43ec-868c-373732c2704f'],
    },
    dump: async () => {
      const all = TABLES.map((table) => tables.list(table, { to: '~', limit: Number.POSITIVE_INFINITY }))
      return JSON.stringify(await Promise.all(all))
    },
  }
}

const guid = (random: () => number): string =>
  'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replaceAll('x', () => Math.floor(random() * 16).toString(16))
