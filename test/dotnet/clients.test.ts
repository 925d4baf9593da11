import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readSnippet, replaceOrigin } from '../integration/clients/snippets.js'
import { type HttpsService, startHttpsService } from '../support/httpsService.js'
import { CLIENTS, QUIET, runDotnet } from './clients.js'

// Scenario.cs describes the lines that the .NET program prints.

let service: HttpsService
/** A service whose simulated people do nothing by themselves, so that a flow decides who answers and who declines. */
let passiveService: HttpsService

beforeAll(async () => {
  // The stateful client refuses http, even to the local machine.
  service = await startHttpsService()
  passiveService = await startHttpsService('', { SIMULATOR_DEFAULT: 'wait' })
})
afterAll(async () => {
  await service?.stop()
  await passiveService?.stop()
})

/** Runs a flow of the .NET program and returns the lines that it prints. */
async function playFlow(flow: string, { origin, keys }: HttpsService): Promise<string[]> {
  const env = {
    ...process.env,
    ...QUIET,
    RINGBACK_BASE_URL: origin,
    RINGBACK_CERTIFICATE: join(keys, 'server.crt'),
    RINGBACK_KEY: join(keys, 'server.key'),
    SSL_CERT_FILE: join(keys, 'ca.crt'),
  }
  const result = promisify(execFile)('dotnet', [CLIENTS, flow], { env }).catch((error: { stdout: string }) => error)
  return (await result).stdout.split('\n').filter((line) => line !== '')
}

test.each([
  ['Microsoft.Graph 5', 'graph', () => service],
  ['Microsoft.Graph 5 with all other operations', 'operations', () => passiveService],
  ['the stateful client of the Communications SDK', 'communications', () => service],
])('%s runs its flow without a failed check', async (_, flow, target) => {
  const lines = await playFlow(flow, target())
  expect(lines.filter((line) => !line.startsWith('ok - '))).toEqual([])
  expect(lines.at(-1)).toBe('ok - the flow completes')
})

/**
 * Writes a .NET project for a code block of docs/clients.md.
 *
 * @param packageReferences attributes of its PackageReference elements
 * @returns the directory of the project
 */
async function writeProject(snippet: string, packageReferences: readonly string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-snippet-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const project = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>${packageReferences.map((attributes) => `<PackageReference ${attributes} />`).join('')}</ItemGroup>
</Project>`
  await writeFile(join(directory, 'Snippet.csproj'), project)
  await writeFile(join(directory, 'Program.cs'), snippet)
  return directory
}

/** Returns the attributes of the PackageReference elements in Clients.csproj that match a pattern. */
function readPackageReferences(pattern: RegExp): string[] {
  const references = readFileSync('test/dotnet/Clients.csproj', 'utf8').matchAll(/<PackageReference (.+?) \/>/g)
  return [...references].flatMap(([, attributes = '']) => (pattern.test(attributes) ? attributes : []))
}

test.each([
  ['// Microsoft.Graph 5', /"Microsoft.Graph"|Azure.Identity/],
  ['// Microsoft.Graph.Communications', /Communications/],
])('the block of docs/clients.md that starts with "%s" runs unchanged', async (firstLine, packagePattern) => {
  const snippet = replaceOrigin(readSnippet('csharp', firstLine), service.origin)
  const directory = await writeProject(snippet, readPackageReferences(packagePattern))
  const env = { SSL_CERT_FILE: join(service.keys, 'ca.crt') }
  expect(await runDotnet(['run', '--project', directory], env)).toMatch(/^Establishing$/m)
})
