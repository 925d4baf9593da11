import { expect, test } from 'vitest'
import { choosePrompt, describePrompt, listPrompts, playsAgain } from '../../../inspector/phone/prompts.js'

const HELLO = { operationId: 'op-1', index: 0, uri: 'http://bot/hello.wav', loop: 1 }
const MENU = { operationId: 'op-1', index: 1, uri: 'http://bot/menu.wav', loop: 3 }

const keysOf = (prompts: readonly (typeof HELLO)[]) => listPrompts({ prompts }).map(({ key }) => key)

test('a prompt keeps its key while it is listed, also when an earlier one is no longer listed', () => {
  const [, menu] = keysOf([HELLO, MENU])
  expect(keysOf([MENU])).toEqual([menu])
})

test('two prompts with the same URI have different keys', () => {
  const keys = keysOf([HELLO, { ...HELLO, index: 1 }, { ...HELLO, operationId: 'op-2' }])
  expect(new Set(keys).size).toBe(3)
})

test('the first prompt that has not been heard plays', () => {
  const prompts = listPrompts({ prompts: [HELLO, MENU] })
  const [hello, menu] = prompts
  expect(choosePrompt(prompts, new Set())).toEqual(hello)
  expect(choosePrompt(prompts, new Set([hello?.key ?? '']))).toEqual(menu)
  expect(choosePrompt(prompts, new Set(prompts.map(({ key }) => key)))).toBeUndefined()
})

test('a prompt that is no longer listed stops', () => {
  expect(choosePrompt(listPrompts({ prompts: [] }), new Set())).toBeUndefined()
})

test('a prompt plays as often as it is told, and forever with loop 0', () => {
  const prompt = { ...HELLO, key: 'key' }
  expect(playsAgain({ ...prompt, loop: 2 }, 1)).toBe(true)
  expect(playsAgain({ ...prompt, loop: 2 }, 2)).toBe(false)
  expect(playsAgain({ ...prompt, loop: 0 }, 1_000)).toBe(true)
})

test('what plays is said in words', () => {
  const prompt = { ...HELLO, key: 'key' }
  expect(describePrompt({ ...prompt, loop: 1 }, 'media')).toBe('Playing http://bot/hello.wav')
  expect(describePrompt({ ...prompt, loop: 3 }, 'media')).toBe('Playing http://bot/hello.wav, 3 times')
  expect(describePrompt({ ...prompt, loop: 0 }, 'media')).toBe('Playing http://bot/hello.wav, again and again')
  expect(describePrompt({ ...prompt, loop: 1 }, 'beep')).toMatch(/^Playing a beep instead of http:/)
  expect(describePrompt({ ...prompt, loop: 1, uri: `http://bot/${'a'.repeat(200)}.wav` }, 'heard').length).toBe(87)
})
