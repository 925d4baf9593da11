import { expect, test } from 'vitest'
import { readArguments } from '../../local-host/arguments.js'

test('without arguments it is http', () => {
  expect(readArguments([])).toEqual({ https: false, hostNames: [] })
})

test('names are separated by commas, in any case', () => {
  const args = ['--https', '--host-names', 'graph.microsoft.com, Login.MicrosoftOnline.com,10.0.0.5']
  expect(readArguments(args)).toEqual({
    https: true,
    hostNames: ['graph.microsoft.com', 'login.microsoftonline.com', '10.0.0.5'],
  })
})

test.each([
  [['--htps'], '--htps'],
  [['8080'], '8080'],
  [['--https=yes'], '--https'],
  [['--https', '--host-names', ''], '--host-names'],
  [['--https', '--host-names', ' , '], '--host-names has no name'],
  [['--host-names', 'graph.microsoft.com'], '--host-names is for --https'],
  [['--https', '--host-names', 'https://graph.microsoft.com'], 'https://graph.microsoft.com is not the name of a host'],
  [['--https', '--host-names', 'graph.microsoft.com:443'], 'graph.microsoft.com:443 is not the name'],
  [['--https', '--host-names', 'a..b'], 'a..b is not the name'],
])('%j is refused with words that name what is wrong', (args, says) => {
  expect(() => readArguments(args)).toThrow(says)
  expect(() => readArguments(args)).toThrow(/npm start -- |no scheme/)
})
