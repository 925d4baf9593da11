import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { at, readSnippet } from '../integration/clients/snippets.js'
import { type HttpsService, startHttpsService } from '../support/httpsService.js'
import { CLIENTS, QUIET, runDotnet } from './clients.js'

// The programs say `ok - ...` or `not ok - ...; got: ...` of each thing that they look at.

let service: HttpsService

beforeAll(async () => {
  // The stateful client refuses http, even to this machine.
  service = await startHttpsService()
})
afterAll(() => service?.stop())

async function play(flow: string): Promise<string[]> {
  const env = {
    ...process.env,
    ...QUIET,
    RINGBACK_BASE_URL: service.origin,
    RINGBACK_CERTIFICATE: join(service.keys, 'server.crt'),
    RINGBACK_KEY: join(service.keys, 'server.key'),
    SSL_CERT_FILE: join(service.keys, 'ca.crt'),
  }
  const ended = promisify(execFile)('dotnet', [CLIENTS, flow], { env }).catch((error: { stdout: string }) => error)
  return (await ended).stdout.split('\n').filter((line) => line !== '')
}

test.each([
  ['Microsoft.Graph 5', 'graph'],
  ['the stateful client of the Communications SDK', 'communications'],
])('%s runs its flow', async (_, flow) => {
  const lines = await play(flow)
  expect(lines.filter((line) => !line.startsWith('ok - '))).toEqual([])
  expect(lines.at(-1)).toBe('ok - the flow comes to its end')
})

/** A project of its own for a block of docs/clients.md. */
async function writeProject(snippet: string, packages: string[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-readme-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const [framework, ...references] = packages
  const project = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>${framework}</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>${references.map((one) => `<PackageReference ${one} />`).join('')}</ItemGroup>
</Project>`
  await writeFile(join(directory, 'Snippet.csproj'), project)
  await writeFile(join(directory, 'Program.cs'), snippet)
  return directory
}

const PACKAGES = [...readFileSync('test/dotnet/Clients.csproj', 'utf8').matchAll(/<PackageReference (.+?) \/>/g)]
const packagesOf = (name: RegExp) => ['net10.0', ...PACKAGES.flatMap(([, one = '']) => (name.test(one) ? one : []))]

test.each([
  ['// Microsoft.Graph 5', /"Microsoft.Graph"|Azure.Identity/],
  ['// Microsoft.Graph.Communications', /Communications/],
])('the lines of docs/clients.md %s run as they stand', async (firstLine, packages) => {
  const directory = await writeProject(at(readSnippet('csharp', firstLine), service.origin), packagesOf(packages))
  const env = { SSL_CERT_FILE: join(service.keys, 'ca.crt') }
  expect(await runDotnet(['run', '--project', directory], env)).toMatch(/^Establishing$/m)
})
