import { expect, test } from 'vitest'
import { UserError } from '../../../hosting/userError.js'
import { readArguments } from '../../../local-host/arguments.js'

test('without arguments the service uses http', () => {
  expect(readArguments([])).toEqual({ help: false, https: false, hostNames: [] })
})

test('host names are separated by commas and converted to lower case', () => {
  const args = ['--https', '--host-names', 'graph.microsoft.com, Login.MicrosoftOnline.com,10.0.0.5']
  expect(readArguments(args)).toEqual({
    help: false,
    https: true,
    hostNames: ['graph.microsoft.com', 'login.microsoftonline.com', '10.0.0.5'],
  })
})

test('--host-names is accepted without --https', () => {
  expect(readArguments(['--host-names', 'ringback'])).toEqual({ help: false, https: false, hostNames: ['ringback'] })
})

test.each(['--help', '-h'])('%s asks for the usage', (argument) => {
  expect(readArguments([argument])).toMatchObject({ help: true })
})

test.each([
  [['--htps'], '--htps'],
  [['8080'], '8080'],
  [['--https=yes'], '--https'],
  [['--https', '--host-names', ''], '--host-names'],
  [['--https', '--host-names', ' , '], '--host-names needs at least one name'],
  [['--https', '--host-names', 'https://graph.microsoft.com'], "'https://graph.microsoft.com' is not a host name"],
  [['--https', '--host-names', 'graph.microsoft.com:443'], "'graph.microsoft.com:443' is not a host name"],
  [['--https', '--host-names', 'a..b'], "'a..b' is not a host name"],
])('%j is rejected with a message that names the problem and the correct form', (args, problem) => {
  expect(() => readArguments(args)).toThrow(UserError)
  expect(() => readArguments(args)).toThrow(problem)
  expect(() => readArguments(args)).toThrow(/npm start -- |without scheme/)
})
