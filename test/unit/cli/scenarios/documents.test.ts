import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readScenario } from '../../../../cli/scenarios/readScenario.js'
import { EXPECTATIONS, VERBS } from '../../../../cli/scenarios/schema.js'
import { endReasonResults } from '../../../../shared/calls/endReasons.js'

const document = readFileSync('docs/scenarios.md', 'utf8')

test.each(globSync('examples/scenarios/*.yaml'))('%s is valid, and names the schema for editors', (file) => {
  const text = readFileSync(file, 'utf8')
  const result = readScenario(file, text, { BOT_URL: 'http://127.0.0.1:3978/api/calls' })
  expect('problems' in result ? result.problems : []).toEqual([])
  expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/cli\/scenarios\/scenario\.schema\.json\n/)
})

test('the scenario and the faults of docs/scenarios.md are valid', () => {
  const [scenario = '', faults = ''] = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text)
  const result = readScenario('example.yaml', scenario.replace('steps:\n', `${faults}steps:\n`), {})
  expect('problems' in result ? result.problems : []).toEqual([])
})

test('docs/scenarios.md describes every verb, expectation, end reason and example', () => {
  const examples = globSync('examples/scenarios/*.yaml').map((file) => file.slice('examples/scenarios/'.length))
  const names = [...VERBS, ...EXPECTATIONS, ...Object.keys(endReasonResults), ...examples]
  expect(names.filter((name) => !new RegExp(`\`${name.replace('.', '\\.')}[\`:]`).test(document))).toEqual([])
})
