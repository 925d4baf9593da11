import { expect, test } from 'vitest'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { measurePrompts } from '../../../shared/engine/prompts.js'
import { answer, incomingCall } from '../../support/callFixtures.js'
import { CALL, createServiceFixture } from '../../support/serviceFixture.js'

test('prompts are fetched only for a command that the rules allow', async () => {
  const fixture = createServiceFixture()
  const fetched: string[] = []
  const measurePrompt = async (url: string) => void fetched.push(url)
  const prompts = [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }]
  const play = () => {
    const build = measurePrompts({ measurePrompt }, prompts, (measured) => ({ type: 'playPrompt', prompts: measured }))
    return changeCall(fixture.service, CALL, build, { authorize: () => undefined })
  }
  await fixture.createCall(incomingCall)
  await expect(play()).rejects.toMatchObject({ code: 'notAllowedInState' })
  await fixture.changeCall(answer)
  await fixture.run(1_000)
  expect(fetched).toEqual([])
  for (let count = 1; count <= 20; count++) await play()
  await expect(play()).rejects.toMatchObject({ code: 'tooManyPrompts' })
  expect(fetched).toHaveLength(20)
})
