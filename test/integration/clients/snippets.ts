import { readFileSync } from 'node:fs'

/** The blocks of the README's section about one's own bot, by their first line. */
export function readSnippet(language: string, firstLine: string): string {
  const section = readFileSync('docs/clients.md', 'utf8')
  const blocks = [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }))
  const found = blocks.find(({ kind, text }) => kind === language && text.startsWith(firstLine))
  if (!found) throw new Error(`The README has no ${language} block that begins with ${firstLine}`)
  return found.text
}

/** With the addresses of a running service in place of those that `npm start` has. */
export const at = (snippet: string, origin: string): string => snippet.replaceAll(/https?:\/\/localhost:7071/g, origin)
