/**
 * `npm run test:dotnet [-- ARGUMENTS OF VITEST]` tests Microsoft's .NET clients and ASP.NET Core's router against the
 * service. Without the .NET SDK it says so and succeeds.
 */
import { execFileSync } from 'node:child_process'
import { runVitest } from './vitest.ts'

/** TargetFramework of test/dotnet/Clients.csproj */
const MIN_SDK_VERSION = 10

function readSdkVersion(): number {
  try {
    return Number.parseInt(execFileSync('dotnet', ['--version'], { encoding: 'utf8', stdio: 'pipe' }), 10)
  } catch {
    return 0
  }
}

if (readSdkVersion() >= MIN_SDK_VERSION) {
  process.exit(runVitest(['--project', 'dotnet', '--silent=passed-only', ...process.argv.slice(2)]))
}
console.log(
  `Skipped: Microsoft's .NET clients were not tested, because the .NET SDK ${MIN_SDK_VERSION} is not installed.`,
)
