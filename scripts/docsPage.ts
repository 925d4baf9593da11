import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createMarkdownFromOpenApi } from '@scalar/openapi-to-markdown'
import { marked } from 'marked'

/** Leaves room in the package that is deployed. */
const MAX_BYTES = 100_000
const DOCUMENT = 'docs/openapi.json'
/** The renderer reads the document as one of the newest version, and names that one. */
const RENDERED_VERSION = /^- \*\*OpenAPI Version:\*\*\s.*\n/m

/**
 * Builds the reference page from the OpenAPI document: HTML without scripts, and a stylesheet. Returns the size of the
 * compressed page in bytes.
 *
 * @throws Error when the page is too large
 */
export async function buildDocsPage(directory: string): Promise<number> {
  const markdown = await createMarkdownFromOpenApi(JSON.parse(readFileSync(DOCUMENT, 'utf8')))
  const content = await marked.parse(markdown.replace(RENDERED_VERSION, ''))
  const page = gzipSync(renderPage(content), { level: 9 })
  if (page.length > MAX_BYTES) throw new Error(`The reference page has ${page.length} bytes, more than ${MAX_BYTES}.`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'index.html.gz'), page)
  writeFileSync(join(directory, 'style.css'), STYLE)
  return page.length
}

const renderPage = (content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Ringback API</title>
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<main>
<p>This page shows <a href="/openapi.json">openapi.json</a>, from which generators make typed clients.</p>
${content}</main>
</body>
</html>
`

/** The colors are those of the inspector. */
const STYLE = `:root {
  color-scheme: light dark;
  --text: light-dark(#1b1f24, #e6eaef);
  --panel: light-dark(#f6f7f9, #171c23);
  --border: light-dark(#818a94, #667080);
}
body { margin: 0; background: light-dark(#fff, #0f1318); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
a { color: light-dark(#0a58ca, #7ab7ff); }
h2 { margin-top: 3rem; }
h3 { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--border); }
code, pre { font: 0.85em/1.45 ui-monospace, monospace; background: var(--panel); }
pre { max-height: 30rem; overflow: auto; padding: 0.75rem; border: 1px solid var(--border); }
table { border-collapse: collapse; }
th, td { padding: 0.25rem 0.5rem; border: 1px solid var(--border); text-align: left; }
`
