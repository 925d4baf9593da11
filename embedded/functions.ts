import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The functions that are only for a Functions host: the setup of the app, and those that its routing needs. */
const FOR_HOSTS = /^(index|unknownPath|sweepCalls)\./

/** Registers every endpoint and every function of a queue. In the npm package they are a part of the bundle instead. */
export async function loadFunctions(): Promise<void> {
  const directory = join(dirname(fileURLToPath(import.meta.url)), '../functions')
  const files = globSync('**/*.{ts,js}', { cwd: directory }).filter((file) => !FOR_HOSTS.test(file))
  await Promise.all(files.map((file) => import(/* @vite-ignore */ pathToFileURL(join(directory, file)).href)))
}
