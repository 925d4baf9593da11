/**
 * `npm run infra:check [-- --write]` checks that the Bicep templates follow the rules of bicepconfig.json, are
 * formatted, and compile to the committed test/unit/infra/main.json, and that the committed snapshots are what they
 * would deploy. `--write` formats the templates and updates these files. Without a Bicep compiler it says so and
 * succeeds.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { findBicep, runBicep } from './bicep.ts'
import { readOptions } from './options.ts'

const MAIN = 'infra/main.bicep'
const COMPILED = 'test/unit/infra/main.json'
/** Snapshots need a subscription and a tenant; no resource depends on which they are. */
const ANY_ID = '00000000-0000-0000-0000-000000000000'
const SCOPE = ['--subscription-id', ANY_ID, '--tenant-id', ANY_ID, '--location', 'westeurope']

const { write } = readOptions({
  usage: 'Usage: npm run infra:check [-- --write]',
  options: { write: { type: 'boolean', default: false } },
}).values
const bicep = findBicep()
if (!bicep) {
  console.log(
    'Skipped: the templates were not checked, because there is no Bicep compiler and no .NET SDK to download it.',
  )
  process.exit(0)
}

let hasFailed = false
const check = (what: string, isTrue: () => boolean) => {
  let isGood = false
  try {
    isGood = isTrue()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  if (!isGood) hasFailed = true
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${what}`)
}
const runsWithoutWarning = (args: readonly string[]) => !runBicep(bicep, args).hasWarnings
const isUpToDate = (file: string, text: string) => {
  if (write) writeFileSync(file, text)
  return readFileSync(file, 'utf8') === text
}

check(`${MAIN} follows the rules of bicepconfig.json`, () => runsWithoutWarning(['lint', MAIN, '--no-restore']))
for (const file of globSync('infra/**/*.bicep').toSorted()) {
  check(`${file} is formatted`, () => isUpToDate(file, runBicep(bicep, ['format', file, '--stdout']).stdout))
}
check(`${COMPILED} is up to date`, () => isUpToDate(COMPILED, compile(bicep)))
for (const file of globSync('test/unit/infra/*.bicepparam').toSorted()) {
  check(`the snapshot of ${file} is up to date`, () => {
    const args = ['snapshot', file, '--mode', write ? 'overwrite' : 'validate', ...SCOPE]
    const succeeds = runsWithoutWarning(args)
    if (write) sortOutputs(file.replace(/bicepparam$/, 'snapshot.json'))
    return succeeds
  })
}
if (hasFailed && !write) console.log('To format the templates and update the files: npm run infra:check -- --write')
process.exit(hasFailed ? 1 : 0)

/** Compiles to a file, because the compiler adds a line about its own files to what it prints. */
function compile(compiler: readonly string[]): string {
  const file = `${COMPILED}.new`
  try {
    runBicep(compiler, ['build', MAIN, '--no-restore', '--outfile', file])
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(file, { force: true })
  }
}

/** The compiler writes the outputs of a snapshot in another order each time, and validates them in any order. */
function sortOutputs(file: string): void {
  const { outputs, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  const sorted = Object.fromEntries(Object.entries(outputs).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
  writeFileSync(file, JSON.stringify({ ...rest, outputs: sorted }, null, 2))
}
