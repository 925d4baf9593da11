import { expect, test } from 'vitest'
import { ConfigError, readSettings } from '../../../shared/service/config.js'
import { suggestName } from '../../../shared/service/spelling.js'

test.each([
  ['ANSWER_TIMOUT_MS', 'ANSWER_TIMEOUT_MS'],
  ['ANSWER_TIMEOUT', undefined],
  ['SIMULATER_DEFAULT', 'SIMULATOR_DEFAULT'],
  ['CALLBACK_ALLOWLIST', 'CALLBACK_ALLOW_LIST'],
  ['calls_storage', 'CALLS_STORAGE'],
  ['CALLS_STORAGE', undefined],
  ['HOSTNAME', undefined],
  ['SIMULATE', undefined],
  ['NODE_EXTRA_CA_CERTS', undefined],
] as const)('the name %s suggests %s', (name, suggestion) => {
  const known = ['ANSWER_TIMEOUT_MS', 'SIMULATOR', 'SIMULATOR_DEFAULT', 'CALLS_STORAGE', 'CALLBACK_ALLOW_LIST']
  expect(suggestName(name, known)).toBe(suggestion)
})

test('a misspelled setting is an error that suggests the right name', () => {
  const read = () => readSettings({ ANSWER_TIMOUT_MS: '1', RETRY_SHEDULE_SECONDS: '1' })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(
    'ANSWER_TIMOUT_MS is not a setting; did you mean ANSWER_TIMEOUT_MS? ' +
      'RETRY_SHEDULE_SECONDS is not a setting; did you mean RETRY_SCHEDULE_SECONDS?',
  )
})

test('no environment variable of this machine is mistaken for a misspelled setting', () => {
  expect(() => readSettings(process.env)).not.toThrow()
})
