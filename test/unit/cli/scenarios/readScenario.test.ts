import { describe, expect, test } from 'vitest'
import { nearestName, readScenario } from '../../../../cli/scenarios/readScenario.js'
import { toJsonSchema } from '../../../../cli/scenarios/schema.js'

const HEAD = `version: 1
name: A call
bot: { callback: http://127.0.0.1:3978/api/calls }
people: { megan: { name: Megan Bowen }, heidi: }
`

const read = (text: string, environment: Record<string, string> = {}) => readScenario('a.yaml', text, environment)

/** The problems as they are printed. */
function problemsOf(text: string, environment: Record<string, string> = {}): string[] {
  const result = read(text, environment)
  if (!('problems' in result)) return []
  return result.problems.map(({ line, column, property, message }) => `${line}:${column} ${property}: ${message}`)
}

const withSteps = (...steps: string[]) => `${HEAD}steps:\n${steps.map((step) => `  - ${step}\n`).join('')}`

test('a valid file becomes a scenario', () => {
  const result = read(withSteps('call: { from: megan, as: first }', 'expect: { state: established, within: 2s }'))
  expect(result).toMatchObject({
    scenario: {
      name: 'A call',
      people: { megan: { name: 'Megan Bowen' }, heidi: {} },
      steps: [{ call: { from: 'megan', as: 'first' } }, { expect: { state: 'established', within: '2s' } }],
    },
  })
})

describe('a problem names its line, column and property:', () => {
  test.each([
    ['an unknown verb', ['pres: { person: megan }'], '6:5 steps[0].pres: unknown property; did you mean press?'],
    [
      'an unknown property inside of a verb',
      ['press: { persn: megan, tone: tone1, person: megan }'],
      '6:14 steps[0].press.persn: unknown property; did you mean person?',
    ],
    ['an unknown property without a similar one', ['sleep: 5s'], '6:5 steps[0].sleep: unknown property'],
    [
      'a value that is no choice',
      ['press: { person: megan, tone: ton1 }'],
      '6:35 steps[0].press.tone: must be one of tone0, tone1, tone2, tone3, tone4, tone5, tone6, tone7, tone8, tone9, ' +
        'star, pound, a, b, c, d, flash; did you mean tone1?',
    ],
    ['a missing property', ['press: { person: megan, }'], '6:12 steps[0].press.tone: is required: tone0, '],
    ['a missing text', ['answer: {}'], '6:13 steps[0].answer.person: is required'],
    ['a wrong type', ['answer: megan'], '6:13 steps[0].answer: must be a map of properties'],
    [
      'a duration without a unit',
      ['expect: { state: established, within: "5" }'],
      '6:43 steps[0].expect.within: must be a duration such as 500ms, 2s, 1.5m or 1h',
    ],
    [
      'a person who is not in the file',
      ['call: { from: amar }'],
      '6:19 steps[0].call.from: amar is not one of the people: megan, heidi',
    ],
    [
      'a person in a roster who is not in the file',
      ['expect: { participants: [megan, amar] }'],
      '6:37 steps[0].expect.participants[1]: amar is not one of the people: megan, heidi',
    ],
    [
      'a call that is not named yet',
      ['leave: { person: megan, call: first }', 'call: { from: megan, as: first }'],
      '6:35 steps[0].leave.call: no earlier step has named a call first with as',
    ],
    [
      'a name that two calls have',
      ['call: { from: megan, as: one }', 'expect: { request: { action: calls, as: one } }'],
      '7:45 steps[1].expect.request.as: another call is named one',
    ],
    [
      'two verbs in a step',
      ['answer: { person: megan }', 'answer: { person: megan }\n    leave: { person: megan }'],
      '7:5 steps[1]: must have one, but has answer and leave',
    ],
    ['no verb in a step', ['after: 1s'], '6:5 steps[0]: needs a verb: call, join, answer, '],
    [
      'two expectations in a step',
      ['expect: { state: established, endReason: hungUp }'],
      '6:13 steps[0].expect: must have one, but has state and endReason',
    ],
    ['no expectation', ['expect: { within: 1s }'], '6:13 steps[0].expect: needs an expectation: state, '],
    [
      'a notification that is not described',
      ['expect: { notification: { attempts: 2 } }'],
      '6:29 steps[0].expect.notification: needs what or sequence',
    ],
    [
      'an error in one form of a request',
      ['expect: { request: { acton: answer, action: answer } }'],
      '6:26 steps[0].expect.request.acton: unknown property; did you mean action?',
    ],
    [
      'a request that is neither text nor map',
      ['expect: { request: 3 }'],
      '6:24 steps[0].expect.request: must be text or a map of properties',
    ],
  ])('%s', (_, steps, expected) => {
    const [problem, ...others] = problemsOf(withSteps(...steps))
    expect(problem).toContain(expected)
    expect(others).toEqual([])
  })

  test.each([
    ['a fault with an unknown effect', '{ on: callback, effect: explode }', '5:35 faults[0].effect: must be one of '],
    ['a fault without a place', '{ effect: reset }', '5:11 faults[0].on: is required'],
    [
      'a fault with an unknown property',
      '{ on: callback, effect: reset, time: 2 }',
      '5:42 faults[0].time: unknown property; did you mean times?',
    ],
  ])('%s', (_, fault, expected) => {
    const [problem] = problemsOf(`${HEAD}faults: [ ${fault} ]\nsteps: [ { call: { from: megan } } ]\n`)
    expect(problem).toContain(expected)
  })
})

test('all problems of a file are listed, in the order of their places', () => {
  const text = `version: 2
nam: A call
bot: { callback: ftp://example.com, applicationId: 7 }
people: { megan: { onCall: sleep } }
steps: []
`
  expect(problemsOf(text)).toEqual([
    '1:1 name: is required',
    '1:10 version: must be 1',
    '2:1 nam: unknown property; did you mean name?',
    '3:18 bot.callback: must be an http or https URL',
    '3:52 bot.applicationId: must be text',
    '4:28 people.megan.onCall: must be one of answer, wait, decline, busy',
    '5:8 steps: must have at least 1 item',
  ])
})

describe('a file that is not YAML of one scenario:', () => {
  test.each([
    ['an empty file', '# nothing\n', '1:1 : the file is empty'],
    ['a list', '- 1', '1:1 : must be a map of properties'],
    ['a quote that does not end', 'name: "x\n', '2:1 : missing closing "quote'],
    ['a key twice', 'name: x\nname: y\n', '2:1 : map keys must be unique'],
    ['two documents', 'name: x\n---\nname: y\n', '2:1 : source contains multiple documents'],
    ['a tab as indentation', 'bot:\n\tcallback: x\n', '2:1 : tabs are not allowed as indentation'],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)[0]).toContain(expected)
  })

  test('aliases that expand to too many values', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}, `.repeat(9)}]`,
    )
    expect(problemsOf(`a0: &a0 [x]\n${levels.join('\n')}\n`)).toEqual([
      expect.stringContaining('excessive alias count'),
    ])
  })
})

describe('an environment variable', () => {
  const withCallback = (callback: string) =>
    `version: 1\nname: A\nbot:\n  callback: ${callback}\npeople: { a: }\nsteps: [ { call: { from: a } } ]\n`

  test('is inserted into a text', () => {
    const result = read(withCallback(`"http://127.0.0.1:\${env.BOT_PORT}/\${env.PATH_OF_BOT}"`), {
      BOT_PORT: '3979',
      PATH_OF_BOT: 'api',
    })
    expect(result).toMatchObject({ scenario: { bot: { callback: 'http://127.0.0.1:3979/api' } } })
  })

  test('that is not set is an error at its place', () => {
    expect(problemsOf(withCallback(`"http://127.0.0.1:\${env.BOT_PORT}/api"`))).toEqual([
      `4:13 bot.callback: \${env.BOT_PORT}: the environment variable BOT_PORT is not set`,
    ])
  })

  test.each([`\${BOT_PORT}`, `\${env.}`, `\${env.A`, `\${{ env.A }}`])(
    'is the only thing that is inserted: not %s',
    (text) => {
      expect(problemsOf(withCallback(`'${text}'`), { BOT_PORT: '1', A: '2' })[0]).toMatch(
        /^4:13 bot\.callback: .*: only \$\{env\.NAME\} can be inserted$/,
      )
    },
  )

  test('cannot add YAML', () => {
    const result = read(withCallback(`"http://127.0.0.1/\${env.X}"`), { X: '"\nseed: 1\nx: "' })
    expect('problems' in result || result.scenario.seed === undefined).toBe(true)
  })
})

test('a name is near to one with a letter that is wrong, missing, or too many', () => {
  const known = ['call', 'press', 'participants']
  expect(['cal', 'prss', 'Press', 'particpant'].map((name) => nearestName(name, known))).toEqual([
    'call',
    'press',
    'press',
    'participants',
  ])
  expect(nearestName('x', known)).toBeUndefined()
  expect(nearestName('shout', known)).toBeUndefined()
})

test('the published JSON Schema is that of the validator; vitest -u writes it', async () => {
  const schema = `${JSON.stringify(toJsonSchema(), undefined, 2)}\n`
  await expect(schema).toMatchFileSnapshot('../../../../cli/scenarios/scenario.schema.json')
})
