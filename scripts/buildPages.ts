/**
 * Builds the pages that the service serves, into dist: the inspector and the API reference. A part of `npm run build`.
 */
import { buildDocsPage } from './docsPage.ts'
import { buildInspectorPage } from './inspectorPage.ts'

const reportSize = (directory: string, bytes: number): void =>
  console.log(`${directory}: ${(bytes / 1000).toFixed(1)} KB compressed`)

reportSize('dist/inspector', (await buildInspectorPage('dist/inspector')).bytes)
reportSize('dist/docs', await buildDocsPage('dist/docs'))
