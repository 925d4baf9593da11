import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  callPerson,
  forgeNotification,
  HARD_CODED,
  readSnippet,
  redirectHosts,
  replaceOrigin,
  startAsDocumented,
  startProgram,
  trust,
  useFreePort,
} from '../integration/clients/snippets.js'
import { type HttpsService, startHttpsService } from '../support/httpsService.js'
import { CLIENTS, QUIET, runDotnet } from './clients.js'

// Scenario.cs describes the lines that the .NET program prints.

let service: HttpsService
/** A service whose simulated people do nothing by themselves, so that a flow decides who answers and who declines. */
let passiveService: HttpsService

beforeAll(async () => {
  // The stateful client refuses http, even to the local machine.
  service = await startAsDocumented(HARD_CODED)
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
  ['Microsoft.Graph 5 with batches and call records', 'batch', () => service],
  ['the stateful client of the Communications SDK', 'communications', () => service],
])('%s runs its flow without a failed check', async (_, flow, target) => {
  const lines = await playFlow(flow, target())
  expect(lines.filter((line) => !line.startsWith('ok - '))).toEqual([])
  expect(lines.at(-1)).toBe('ok - the flow completes')
})

/**
 * Builds a .NET program from a code block of docs/clients.md.
 *
 * @param packageReferences attributes of its PackageReference elements
 * @returns the path of the program
 */
async function buildProgram(snippet: string, packageReferences: readonly string[], sdk: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-snippet-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const project = `<Project Sdk="${sdk}">
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
  await runDotnet(['build', directory, '--nologo', '--verbosity', 'quiet'])
  return join(directory, 'bin/Debug/net10.0/Snippet.dll')
}

/** Returns the attributes of the PackageReference elements in Clients.csproj that match a pattern. */
function readPackageReferences(pattern: RegExp): string[] {
  const references = readFileSync('test/dotnet/Clients.csproj', 'utf8').matchAll(/<PackageReference (.+?) \/>/g)
  return [...references].flatMap(([, attributes = '']) => (pattern.test(attributes) ? attributes : []))
}

const CONSOLE = 'Microsoft.NET.Sdk'
const WEB = 'Microsoft.NET.Sdk.Web'
const GRAPH = /"Microsoft.Graph"|Azure.Identity/
const JWT_BEARER = 'Include="Microsoft.AspNetCore.Authentication.JwtBearer" Version="10.0.0"'

test.each([
  ['// Microsoft.Graph 5', GRAPH],
  ['// Microsoft.Graph.Communications', /Communications/],
])('the block of docs/clients.md that starts with "%s" runs unchanged', async (firstLine, packagePattern) => {
  const snippet = replaceOrigin(readSnippet('csharp', firstLine), service.origin)
  const program = await buildProgram(snippet, readPackageReferences(packagePattern), CONSOLE)
  expect(await runDotnet([program], { SSL_CERT_FILE: join(service.keys, 'ca.crt') })).toBe('Establishing\n')
})

test.each([
  ['// Microsoft.Graph 5', GRAPH],
  ['// Microsoft.Graph.Communications', /Communications/],
])('with the hosts of Microsoft, "%s" reaches the service through the proxy', async (firstLine, packagePattern) => {
  const snippet = replaceOrigin(readSnippet('csharp', firstLine), 'https://graph.microsoft.com').replace(
    '["localhost"]',
    '["graph.microsoft.com"]',
  )
  const program = await buildProgram(snippet, readPackageReferences(packagePattern), CONSOLE)
  const { HTTPS_PROXY = '', SSL_CERT_FILE = '' } = await redirectHosts(service)
  expect(await runDotnet([program], { HTTPS_PROXY, SSL_CERT_FILE })).toBe('Establishing\n')
})

test('the block of docs/clients.md for ASP.NET Core receives the notifications of a call, and no other', async () => {
  const snippet = replaceOrigin(readSnippet('csharp', '// ASP.NET Core'), service.origin)
  const receiver = await useFreePort(snippet)
  const program = await buildProgram(receiver.program, [JWT_BEARER], WEB)
  const output = startProgram('dotnet', [program], { ...trust(service), Logging__LogLevel__Default: 'None' })
  service.setTrust(true)
  await callPerson(service, receiver.port)
  const received = 'updated establishing\nupdated established\nupdated established\n'
  await expect.poll(output).toBe(received)
  expect(await forgeNotification(receiver.port)).toBe(401)
  expect(output()).toBe(received)
})
