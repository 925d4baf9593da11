/**
 * Builds the pages that the service serves, into dist: the inspector and the API reference. A part of `npm run build`.
 */
import { buildDocsPage } from './docsPage.ts'
import { buildInspectorPage } from './inspectorPage.ts'

const PAGES = [
  ['dist/inspector', buildInspectorPage],
  ['dist/docs', buildDocsPage],
] as const

for (const [directory, buildPage] of PAGES) {
  console.log(`${directory}: ${((await buildPage(directory)) / 1000).toFixed(1)} KB compressed`)
}
