import { randomUUID } from 'node:crypto'

/** Returns a prompt as the official samples write it. */
export const mediaPrompt = (file: string) => ({
  '@odata.type': '#microsoft.graph.mediaPrompt',
  mediaInfo: {
    '@odata.type': '#microsoft.graph.mediaInfo',
    uri: `https://bot.example/audio/${file}`,
    resourceId: randomUUID(),
  },
})

export const prompts = [mediaPrompt('hello.wav')]
