/** Builds the page of the inspector into dist/inspector, from where the service serves it. A part of `npm run build`. */
import { buildInspectorPage } from './inspectorPage.ts'

const DIRECTORY = 'dist/inspector'

const { bytes } = await buildInspectorPage(DIRECTORY)
console.log(`${DIRECTORY}: ${(bytes / 1000).toFixed(1)} KB compressed`)
