import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the committed templates were compiled with: another version may write them differently. */
const VERSION = '0.49.2'
/** NuGet has the compiler for these, as a package that is a file and nothing else. */
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'osx-x64',
  'darwin-arm64': 'osx-arm64',
  'win32-x64': 'win-x64',
}

/** The Bicep compiler, as a command and its first arguments: of PATH, of the Azure CLI, or out of a cache; undefined without any. */
export function findBicep(): string[] | undefined {
  if (isOurs(['bicep'])) return ['bicep']
  if (isOurs(['az', 'bicep'])) return ['az', 'bicep']
  const cached = fromNuGet()
  return cached && isOurs([cached]) ? [cached] : undefined
}

function isOurs([command = '', ...args]: readonly string[]): boolean {
  const name = command === 'az' ? 'version' : '--version'
  const { status, stdout } = spawnSync(command, [...args, name], { encoding: 'utf8' })
  return status === 0 && stdout.includes(VERSION)
}

/** Fetches it by the .NET SDK, once, to where nothing of the project lies. */
function fromNuGet(): string | undefined {
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

/** Runs the compiler. What it complains of is shown, and `complains` says that it does. @throws Error when it fails */
export function runBicep([command = '', ...first]: readonly string[], args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
  const complains = /: (Warning|Error) /.test(stderr) || /: (Warning|Error) /.test(stdout)
  if (complains) console.error(stderr || stdout)
  return { stdout, complains }
}
