/** What `npm run test:dotnet` runs: the tests that need .NET, where it is. */
import { execFileSync, spawnSync } from 'node:child_process'

/** The framework that Clients.csproj is for. */
const MAJOR_VERSION = 10

function majorVersion(): number {
  try {
    return Number.parseInt(execFileSync('dotnet', ['--version'], { encoding: 'utf8', stdio: 'pipe' }), 10)
  } catch {
    return 0
  }
}

if (majorVersion() >= MAJOR_VERSION) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'dotnet', '--silent=passed-only']
  const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exit(status ?? 1)
}
console.log(`The .NET SDK ${MAJOR_VERSION} is not installed here: Microsoft's .NET clients were not tested.`)
