import { readFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'
import type { Version } from '../../../support/documentedOperations.js'
import { type Corpus, collectCorpus, dialectOf } from './corpus.js'
import { type DocumentedMessage, findMissing, listIds, pathsOf, pathsOfBody, readDocumentedMessages } from './facts.js'

// Every message that Microsoft's pages document: the service accepts each request, and sends a message with the keys
// and constants of each response and notification. docs/dialects.md lists those that differ, with the reason.

const versions: readonly Version[] = ['2019', 'v1.0', 'beta']
const documented = versions.flatMap(readDocumentedMessages)
const listed = readListedIds()
let corpus: Corpus
beforeAll(async () => {
  corpus = await collectCorpus(documented)
})

/** The messages in the table of docs/dialects.md. */
function readListedIds(): string[] {
  const [, section = ''] = readFileSync('docs/dialects.md', 'utf8').split('## Documented messages that differ\n')
  const rows = [...section.matchAll(/^\| (2019|v1\.0|beta) \| (.+?) \| .+ \|$/gm)]
  return rows.flatMap(([, version = '', pages = '']) => listIds(version, pages))
}

/** What the most similar message of the service lacks; empty if one message has everything. */
function findDifference(message: DocumentedMessage): readonly string[] {
  if (message.kind === 'request') return findRefusal(message)
  const candidates = corpus.messages.filter(
    ({ dialect, kind, what }) =>
      dialect === dialectOf(message.version) && kind === message.kind && what === message.what,
  )
  const differences = candidates.map((sent) => [
    ...(message.status === undefined || message.status === sent.status ? [] : [`the status is ${sent.status}`]),
    ...(message.hasLocation && !sent.hasLocation ? ['no Location'] : []),
    ...findMissing(message.shape, sent.paths),
  ])
  return differences.toSorted((one, other) => one.length - other.length)[0] ?? ['no such message']
}

function findRefusal({ id }: DocumentedMessage): string[] {
  const reply = corpus.replies.get(id)
  if (!reply) return ['no such operation']
  return reply.status < 300 ? [] : [`${reply.status} ${reply.text}`]
}

test('each of the 407 documented messages has an id, and each listed message is one of them', () => {
  const ids = documented.map(({ id }) => id)
  expect(new Set(ids).size).toBe(407)
  expect(documented).toHaveLength(407)
  expect(listed.filter((id) => !ids.includes(id))).toEqual([])
  expect(new Set(listed).size).toBe(listed.length)
})

test('a body is compared with the keys and the constants of a documented message', () => {
  const shape = documented.find(({ id }) => id === 'v1.0 call-delete 2021-07-16 4')?.shape ?? new Map()
  expect(pathsOf(shape)).toEqual([
    ['@odata.type', ['commsNotifications']],
    ['value[].@odata.type', ['commsNotification']],
    ['value[].changeType', ['deleted']],
    ['value[].resourceData.@odata.type', ['call']],
    ['value[].resourceData.resultInfo.@odata.type', ['resultInfo']],
    ['value[].resourceData.resultInfo.code', ['"0"']],
    ['value[].resourceData.state', ['terminated']],
    ['value[].resourceUrl', []],
  ])
  const resourceData = { '@odata.type': '#microsoft.graph.call', resultInfo: { code: 0 }, state: 'Terminated' }
  const body = {
    '@odata.type': '#microsoft.graph.commsNotifications',
    value: [{ changeType: 'updated', resourceData }],
  }
  expect(findMissing(shape, pathsOfBody(body))).toEqual([
    'value[].@odata.type',
    'value[].changeType=deleted',
    'value[].resourceData.resultInfo.@odata.type',
    'value[].resourceData.resultInfo.code="0"',
    'value[].resourceUrl',
  ])
})

test('a message that differs from what is documented is listed in docs/dialects.md, and only such a message', () => {
  const differing = documented.flatMap((message) => {
    const difference = findDifference(message)
    return difference.length > 0 ? { id: message.id, text: `${message.id}: ${difference.join(', ')}` } : []
  })
  console.log(`${documented.length - differing.length} documented messages match, ${differing.length} are listed`)
  expect(differing.filter(({ id }) => !listed.includes(id)).map(({ text }) => text)).toEqual([])
  const ids = new Set(differing.map(({ id }) => id))
  expect(listed.filter((id) => !ids.has(id))).toEqual([])
})
