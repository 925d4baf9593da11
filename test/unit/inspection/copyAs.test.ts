import { execFileSync } from 'node:child_process'
import { stripTypeScriptTypes } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toCurl, toTest } from '../../../shared/inspection/copyAs.js'
import { toDiagram } from '../../../shared/inspection/diagram.js'
import type { Entry, InspectedEvent, RequestEvent } from '../../../shared/inspection/entries.js'
import {
  attempt,
  BOT_ID,
  CALL_ID,
  CALL_PATH,
  callWith,
  commit,
  logOf,
  people,
  person,
  reply,
  request,
  wholeCall,
} from './callLog.js'

/** Few, because each starts a shell. */
const SHELL_RUNS = 20
const BASE = 'http://127.0.0.1:7071'

const requestWith = (text: string | undefined, headers = {}, path = `${CALL_PATH}/answer`): RequestEvent => ({
  type: 'request',
  name: 'call-answer',
  method: 'POST',
  path,
  message: { headers, ...(text !== undefined && { body: { text, bytes: text.length } }) },
})

/** The words with which a shell calls curl for a command. */
function readWords(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }; TOKEN='my token'\n${command}`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

test('a request is a curl command that reads the token from the shell', () => {
  const headers = { Host: 'localhost', authorization: '(removed)', 'content-type': 'application/json', empty: '' }
  expect(toCurl(requestWith('{"clientContext":"it\'s $5"}', headers), `${BASE}/`)).toBe(`\
curl -X POST ${BASE}${CALL_PATH}/answer \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'content-type: application/json' \\
  -H 'empty;' \\
  --data-raw '{"clientContext":"it'\\''s $5"}'
`)
  expect(toCurl({ ...requestWith(undefined), method: 'GET', path: '/deliveries?state=[x]' }, BASE)).toBe(
    `curl --globoff '${BASE}/deliveries?state=[x]'\n`,
  )
})

test('a body that was cut has a remark', () => {
  const cut = requestWith('{"a":')
  const message = { headers: {}, body: { text: '{"a":', bytes: 70_000, isCut: true as const } }
  expect(toCurl({ ...cut, message }, BASE)).toMatch(
    /^# The log has only a part of the body, which has 70000 bytes\.\ncurl /,
  )
})

test('a body that is not text is read from a file', () => {
  const message = { headers: {}, body: { text: '(1234 bytes)', bytes: 12 } }
  expect(toCurl({ ...requestWith(''), message }, BASE)).toMatch(
    /^# The log does not have the body \(1234 bytes\).*\ncurl [\s\S]*--data-binary @body\n$/,
  )
})

test('a HEAD does not wait for a body, and basic authorization stays what it is', () => {
  const message = { headers: { Authorization: 'Basic (removed)' } }
  const command = toCurl({ ...requestWith(''), method: 'HEAD', message }, BASE)
  expect(command).toMatch(/^curl -I /)
  expect(command).toContain('-u "$CLIENT_ID:$CLIENT_SECRET"')
})

test('a shell passes each word of the command unchanged', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', '')),
    fc.constantFrom(`a'b"c$(id)\`id\`\\ !x\n;&|<script>`, '\u001b[31m\u0003\t', "\u0085'!\\x41", '-d @/etc/passwd'),
  )
  fc.assert(
    fc.property(anyText, anyText, (value, body) => {
      const command = toCurl(requestWith(body, { authorization: 'x', 'X-Name': `v${value}` }, `/a?b=${value}`), BASE)
      const url = `${BASE}/a?b=${value}`
      expect(readWords(command).filter((word) => word !== '--globoff')).toEqual([
        ...['-X', 'POST', url, '-H', 'Authorization: Bearer my token', '-H', `X-Name: v${value}`],
        ...['--data-raw', body],
      ])
      expect(command.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: SHELL_RUNS },
  )
})

/** The steps of a test, without its setup. */
const stepsOf = (text: string): string => text.slice(text.lastIndexOf('\ntest('))
const drawTest = (entries: readonly Entry[], changes = {}): string => {
  const call = callWith(people, { entries, ...changes })
  return toTest(toDiagram(entries, call), call)
}
const bodyOf = (value: unknown) => ({ headers: {}, body: { text: JSON.stringify(value), bytes: 0 } })

test('a call is a test that sends its requests and awaits its notifications', () => {
  expect(stepsOf(drawTest(wholeCall))).toBe(`
test('the call of My bot', async () => {
  // Heidi Steen calls the bot, complete its body
  const { id: callId } = await send('POST', '/simulator/calls', {
    to: { application: { id: BOT } },
    from: { user: { id: 'heidi', displayName: 'Heidi Steen' } },
  }, 201)

  // #1 created call incoming
  await expectNotification(1, { changeType: 'created', resourceData: { state: 'incoming' } })

  // POST answer, complete its body
  await send('POST', \`/v1.0/communications/calls/\${callId}/answer\`, {
    callbackUri,
    acceptedModalities: ['audio'],
    mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' },
  }, 202)

  // #2 updated call establishing
  await expectNotification(2, { changeType: 'updated', resourceData: { state: 'establishing' } })

  // #3 updated call established
  await expectNotification(3, { changeType: 'updated', resourceData: { state: 'established' } })

  // POST participants/invite, complete its body
  await send('POST', \`/v1.0/communications/calls/\${callId}/participants/invite\`, {
    participants: [{ identity: { user: { id: 'amar', displayName: 'Amar' } } }],
  }, 200)

  // Amar rings

  // Amar answers

  // #4 deleted operations completed
  await expectNotification(4, { changeType: 'deleted', resourceData: { status: 'completed' } })

  // #5 updated participants 3
  await expectNotification(5, { changeType: 'updated' })

  // #6 updated call established
  await expectNotification(6, { changeType: 'updated', resourceData: { state: 'established' } })

  // Heidi Steen leaves, complete its body
  await send('POST', '/simulator/people/heidi/leave', { callId }, 200)

  // #7 deleted call terminated, ECONNREFUSED, dead-lettered
}, 60_000)
`)
})

test('the bodies of the log are in the test, with the bot and the call of the test', () => {
  const placed = {
    ...request('simulator-call-place', '/simulator/calls'),
    message: bodyOf({ to: { application: { id: BOT_ID } } }),
  }
  const answered = {
    ...request('call-answer', `/app/calls/${CALL_ID.replaceAll('-', '').toUpperCase()}/answer?x=1`),
    message: bodyOf({
      callbackUri: 'http://other',
      clientContext: `${CALL_ID} \${x}`,
      list: [true, null, 'x'.repeat(40)],
    }),
  }
  const entries = logOf([0, placed], [1, reply(1, 201)], [2, answered], [3, reply(3, 200)]) as Entry[]
  const text = stepsOf(drawTest(entries))
  expect(text).toContain(`await send('POST', '/simulator/calls', { to: { application: { id: BOT } } }, 201)`)
  expect(text).toContain(`await send('POST', \`/app/calls/\${callId}/answer?x=1\`, {
    callbackUri,
    clientContext: \`\${callId} \\\${x}\`,
    list: [true, null, '${'x'.repeat(40)}'],
  }, 200)`)
  expect(text).not.toContain('complete its body')
})

test('the test names what it cannot repeat', () => {
  const entries = logOf(
    [0, request('operation-get', `${CALL_PATH}/operations/${BOT_ID}`, 'GET')],
    [1, reply(1, 200)],
    [2, commit('ringTimedOut', { to: 'terminated' })],
    [3, attempt(1, { status: 503 })],
  )
  expect(stepsOf(drawTest(entries))).toContain(`
  // the log does not have the request that created the call
  const callId = '${CALL_ID}'

  // GET operations/00a8b1e6...7c11, the id in its path is that of the recorded call
  await send('GET', \`/v1.0/communications/calls/\${callId}/operations/${BOT_ID}\`, undefined, 200)

  // ring timed out, terminated

  // #1 updated call established, 503
`)
})

test('the test does not expect the replies of injected faults', () => {
  const log = logOf(
    [0, request('call-answer', `${CALL_PATH}/answer`)],
    [9, { ...reply(1, 503), fault: 'status' } as InspectedEvent],
    [20, request('call-answer', `${CALL_PATH}/answer`)],
    [29, reply(3, 202)],
  )
  const steps = stepsOf(drawTest(log))
  expect(steps).toContain('// POST answer, 503 (fault)')
  expect(steps.match(/await send\('POST'/g)).toHaveLength(1)
})

test('the test has the dialect of the call', () => {
  expect(drawTest(wholeCall, { dialect: 'app' })).toContain("const DIALECT = 'app'")
})

test('the test is valid TypeScript, whatever the names and bodies are', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a\n*/`$' + '{x}`\\', '\'"\u2028;throw 1//', '</script><script>', '__proto__', 'x'.repeat(2_000)),
  )
  fc.assert(
    fc.property(anyText, anyText, anyText, (id, name, key) => {
      const message = bodyOf({ [key]: [name, { [name]: `${CALL_ID}${name}` }], ['__proto__']: id })
      const entries = logOf(
        [0, { ...request('call-create', `/app/calls?${name}`), message } as RequestEvent],
        [1, reply(1, 201)],
        [2, { ...request('call-answer', `${CALL_PATH}/answer/${key}`), message } as RequestEvent],
        [3, attempt(1, { summary: `updated call ${name}` })],
        [4, attempt(2, { summary: name, error: name })],
        [5, commit('personLeaves', { personId: id, rings: [id] })],
      )
      const call = callWith([person(id, name)], { entries, botName: name, callbackUri: key })
      const text = toTest(toDiagram(entries, call), call)
      expect(() => stripTypeScriptTypes(text)).not.toThrow()
    }),
    { numRuns: 100 },
  )
})
