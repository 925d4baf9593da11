/**
 * `npm run start:func [-- ARGUMENTS OF func start]` runs the service with Azure Functions Core Tools. It creates
 * local.settings.json from the sample if there is none.
 */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'

const SAMPLE = 'local.settings.sample.json'
const SETTINGS = 'local.settings.json'

// On Windows, func is a script, which only a shell finds.
const shell = process.platform === 'win32'

if (spawnSync('func', ['--version'], { shell, stdio: 'ignore' }).status !== 0) {
  console.error(
    'Azure Functions Core Tools are missing; install them with npm install --global azure-functions-core-tools@4 ' +
      '(other ways: https://aka.ms/func-core-tools).',
  )
  process.exit(1)
}
if (!existsSync(SETTINGS)) {
  copyFileSync(SAMPLE, SETTINGS)
  console.log(`Created ${SETTINGS} from ${SAMPLE}.`)
}

// A Ctrl-C in the terminal also reaches func; this process waits until func has stopped.
process.on('SIGINT', () => undefined)
const func = spawn('func', ['start', ...process.argv.slice(2)], { shell, stdio: 'inherit' })
process.on('SIGTERM', () => func.kill('SIGTERM'))
func.on('exit', (code) => process.exit(code ?? 1))
