import { readFileSync } from 'node:fs'

/**
 * Returns a code block of docs/clients.md.
 *
 * @param firstLine what the block starts with
 */
export function readSnippet(language: string, firstLine: string): string {
  const page = readFileSync('docs/clients.md', 'utf8')
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({ kind, text }))
  const block = blocks.find(({ kind, text }) => kind === language && text.startsWith(firstLine))
  if (!block) throw new Error(`docs/clients.md has no ${language} block that starts with '${firstLine}'.`)
  return block.text
}

/** Replaces the address of `npm start` by that of a running service. */
export const replaceOrigin = (snippet: string, origin: string): string =>
  snippet.replaceAll(/https?:\/\/localhost:7071/g, origin)
