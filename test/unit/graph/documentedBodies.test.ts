import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createAudioRoutingGroupBody } from '../../../shared/graph/requests/audioRoutingGroupBody.js'
import { faultsBody } from '../../../shared/graph/requests/faultsBody.js'
import { recordBody } from '../../../shared/graph/requests/recordBody.js'
import { redirectBody } from '../../../shared/graph/requests/redirectBody.js'
import { transferBody } from '../../../shared/graph/requests/transferBody.js'

const page = readFileSync('docs/api.md', 'utf8')

/** The first JSON block under a heading. */
function readExample(heading: string): unknown {
  const section = page.split(`\n### ${heading}\n`)[1]?.split('\n### ')[0] ?? ''
  return JSON.parse(/```json\n([\s\S]*?)```/.exec(section)?.[1] ?? 'null')
}

test.each([
  ['Redirect', redirectBody],
  ['Transfer', transferBody],
  ['Audio routing groups', createAudioRoutingGroupBody],
  ['Recordings', recordBody],
  ['PUT simulator/faults/{applicationId}', faultsBody],
] as const)('the body under "%s" in docs/api.md is valid, and every property of it is known', (heading, schema) => {
  const example = readExample(heading)
  expect(example).not.toBeNull()
  const result = schema.safeParse(example)
  expect(result.error).toBeUndefined()
  expect(Object.keys(result.data ?? {})).toEqual(expect.arrayContaining(Object.keys(example as object)))
})
