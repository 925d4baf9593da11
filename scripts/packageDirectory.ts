import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { failUsage } from './options.ts'

type Manifest = Readonly<Record<string, unknown>>

/**
 * Empties the directory of a package, and writes its package.json. The manifest comes first, so that a directory that
 * an interrupted run has left is known to be a package, too.
 *
 * @param mark the property that tells this package from other directories with the same name, such as a clone
 */
export function replacePackage(directory: string, manifest: Manifest, mark: string, usage: string): void {
  if (!isReplaceable(directory, manifest, mark)) {
    failUsage(`'${directory}' is not a package that this script has made, so it is not replaced.`, usage)
  }
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** Whether a directory is absent, empty, or an earlier version of the package. */
function isReplaceable(directory: string, manifest: Manifest, mark: string): boolean {
  if (!existsSync(directory)) return true
  const file = join(directory, 'package.json')
  if (!existsSync(file)) return statSync(directory).isDirectory() && readdirSync(directory).length === 0
  const existing: Manifest = JSON.parse(readFileSync(file, 'utf8'))
  return ['name', mark].every((property) => isDeepStrictEqual(existing[property], manifest[property]))
}
