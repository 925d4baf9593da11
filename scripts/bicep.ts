import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The compiler of the committed templates. Another version may compile them to other text. */
const VERSION = '0.49.2'
/** The platforms for which NuGet has the compiler, as a package that contains one executable file. */
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'osx-x64',
  'darwin-arm64': 'osx-arm64',
  'win32-x64': 'win-x64',
}

/**
 * Finds the Bicep compiler in PATH, in the Azure CLI or in the cache, and otherwise downloads it into the cache.
 *
 * @returns the command and its first arguments; undefined where there is no compiler of this version
 */
export function findBicep(): string[] | undefined {
  if (isRightVersion(['bicep'])) return ['bicep']
  if (isRightVersion(['az', 'bicep'])) return ['az', 'bicep']
  const cached = restoreFromNuGet()
  return cached && isRightVersion([cached]) ? [cached] : undefined
}

function isRightVersion([command = '', ...args]: readonly string[]): boolean {
  const name = command === 'az' ? 'version' : '--version'
  const { status, stdout } = spawnSync(command, [...args, name], { encoding: 'utf8' })
  return status === 0 && stdout.includes(VERSION)
}

/** Downloads the compiler once with the .NET SDK, into the user's cache directory. Returns its path. */
function restoreFromNuGet(): string | undefined {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`]
  if (!platform) return undefined
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ringback', 'bicep')
  const name = process.platform === 'win32' ? 'bicep.exe' : 'bicep'
  const file = join(directory, `azure.bicep.commandline.${platform}`, VERSION, 'tools', name)
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true })
    const project = join(directory, 'bicep.proj')
    const item = `<PackageDownload Include="Azure.Bicep.CommandLine.${platform}" Version="[${VERSION}]" />`
    const framework = '<PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>'
    writeFileSync(project, `<Project Sdk="Microsoft.NET.Sdk">${framework}<ItemGroup>${item}</ItemGroup></Project>\n`)
    spawnSync('dotnet', ['restore', project, '--packages', directory], { stdio: 'ignore' })
  }
  if (!existsSync(file)) return undefined
  chmodSync(file, 0o755)
  return file
}

/**
 * Runs the compiler, and prints its warnings and errors.
 *
 * @throws Error with the output of the compiler, if it fails
 */
export function runBicep(
  [command = '', ...first]: readonly string[],
  args: readonly string[],
): { stdout: string; hasWarnings: boolean } {
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  const hasWarnings = /: (Warning|Error) /.test(stderr) || /: (Warning|Error) /.test(stdout)
  if (hasWarnings) console.error(stderr || stdout)
  return { stdout, hasWarnings }
}
