/**
 * What `npm run infra:check` runs: the templates compile, are formatted, break no rule, and what is committed of them is what
 * they compile to. `-- --write` writes that anew.
 */
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { findBicep, runBicep } from './bicep.ts'

const MAIN = 'infra/main.bicep'
const COMPILED = 'test/unit/infra/main.json'
const NOBODY = '00000000-0000-0000-0000-000000000000'
const SCOPE = ['--subscription-id', NOBODY, '--tenant-id', NOBODY, '--location', 'westeurope']

const { write } = parseArgs({ options: { write: { type: 'boolean', default: false } } }).values
const bicep = findBicep()
if (!bicep) {
  console.log('There is no Bicep compiler here, and no .NET SDK to fetch it with: the templates are not checked.')
  process.exit(0)
}

let failed = false
const check = (what: string, isGood: () => boolean) => {
  let good = false
  try {
    good = isGood()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  if (!good) failed = true
  console.log(`${good ? 'ok    ' : 'FAILED'} ${what}`)
}
const withoutWarning = (args: readonly string[]) => !runBicep(bicep, args).complains
const isWritten = (file: string, text: string) => {
  if (write) writeFileSync(file, text)
  return readFileSync(file, 'utf8') === text
}

check(`${MAIN} breaks no rule of bicepconfig.json`, () => withoutWarning(['lint', MAIN, '--no-restore']))
for (const file of globSync('infra/**/*.bicep').toSorted()) {
  check(`${file} is formatted`, () => isWritten(file, runBicep(bicep, ['format', file, '--stdout']).stdout))
}
check(`${COMPILED} is what it compiles to (npm run infra:check -- --write)`, () => isWritten(COMPILED, compile()))
for (const file of globSync('test/unit/infra/*.bicepparam').toSorted()) {
  const mode = write ? 'overwrite' : 'validate'
  check(`${file}: what it would deploy is as its snapshot says`, () =>
    withoutWarning(['snapshot', file, '--mode', mode, ...SCOPE]),
  )
}
process.exit(failed ? 1 : 0)

/** A file of its own, because the compiler adds a line of what it has used to what it prints. */
function compile(): string {
  const file = `${COMPILED}.new`
  try {
    runBicep(bicep ?? [], ['build', MAIN, '--no-restore', '--outfile', file])
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(file, { force: true })
  }
}
