import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { buildImage, type Image } from '../support/dockerfile.js'
import { childrenOf, findFreePort } from '../support/processes.js'

// The steps of the Dockerfile, run in folders, and what it starts. If the tests run as root, a container is a process
// without privileges that is the first one of its namespace: such a process ignores signals that it does not handle.

/** `nobody`: it owns nothing in the image but its volume. */
const UID = 65_534
const isRoot = process.getuid?.() === 0
const FIRST_PROCESS = ['unshare', '--pid', '--fork', '--kill-child']
const UNPRIVILEGED = ['setpriv', '--reuid', `${UID}`, '--regid', `${UID}`, '--clear-groups']

let directory: string
let image: Image

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ringback-image-'))
  chmodSync(directory, 0o755)
  image = buildImage({ directory, uid: UID })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** The volume is in the folder of the image. */
const inImage = (value: string): string => (value.startsWith(image.volume) ? join(image.root, value) : value)

/** Starts a program of the image in a container. */
function runInContainer(command: readonly string[], port: number, stderr: 'inherit' | 'ignore' = 'inherit') {
  const [program = '', ...args] = [...(isRoot ? [...FIRST_PROCESS, ...UNPRIVILEGED] : []), ...command.map(inImage)]
  const settings = Object.fromEntries(Object.entries(image.env).map(([name, value]) => [name, inImage(value)]))
  const path = [join(image.root, 'usr/local/bin'), '/usr/bin', '/bin'].join(delimiter)
  const env = { ...settings, PATH: path, PORT: String(port) }
  const child = spawn(program, args, { cwd: image.root, env, stdio: ['ignore', 'pipe', stderr] })
  onTestFinished(() => {
    if (child.exitCode === null) process.kill(firstProcess(child), 'SIGKILL')
  })
  return child
}

/** The first process of a container. */
function firstProcess({ pid = 0 }: ChildProcess): number {
  return (isRoot && childrenOf(pid)[0]) || pid
}

/** Sends SIGTERM to the first process, as `docker stop` does, and returns the exit code of the container. */
async function stopContainer(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit')
  process.kill(firstProcess(child), 'SIGTERM')
  await exited
  return child.exitCode
}

/** The port is a setting of the container and of its health check. */
async function isHealthy(port: number): Promise<boolean> {
  const child = runInContainer(image.healthcheck, port, 'ignore')
  await once(child, 'exit')
  return child.exitCode === 0
}

/** Requests with the Host header of a client in another container. */
async function getStatus(port: number, host: string): Promise<string> {
  const script = `require('http').get({ host: '127.0.0.1', port: ${port}, path: '/health', headers: { host: '${host}' } },
    ({ statusCode }) => { console.log(statusCode); process.exit() })`
  return (await text(spawn(process.execPath, ['-e', script]).stdout)).trim()
}

test('the image has the user, the port and the Node.js of the project', async () => {
  const { version } = (await import('node/package.json', { with: { type: 'json' } })).default
  expect(image).toMatchObject({ user: 'node', volume: '/data', port: '7071', base: `node:${version}-slim` })
  expect(image.labels).toContain('org.opencontainers.image.licenses="MIT"')
})

test('a container becomes healthy, keeps its data in the volume, and ends with 0 at SIGTERM', async () => {
  const port = await findFreePort()
  expect(await isHealthy(port)).toBe(false)
  const container = runInContainer(image.command, port)
  await expect.poll(() => isHealthy(port)).toBe(true)
  expect(await getStatus(port, `ringback:${port}`)).toBe('200')
  expect(await getStatus(port, 'evil.example')).toBe('421')
  const journal = statSync(inImage('/data/ringback.journal'))
  if (isRoot) expect(journal.uid).toBe(UID)
  expect(await stopContainer(container)).toBe(0)
})

test('the command line of the image reaches its service', async () => {
  const port = await findFreePort()
  const container = runInContainer(image.command, port)
  await expect.poll(() => isHealthy(port)).toBe(true)
  const url = `http://127.0.0.1:${port}`
  const call = runInContainer(['ringback', 'call', '--url', url, '--bot', `${url}/health`], port)
  const [line] = await once(createInterface(call.stdout), 'line')
  expect(line).toMatch(/call [\da-f-]{36}/)
  expect(await stopContainer(container)).toBe(0)
})

test('a container that is still starting ends at SIGTERM, too', async () => {
  const storage = createServer().listen(0, '127.0.0.1')
  await once(storage, 'listening')
  onTestFinished(() => void storage.close())
  const endpoint = `http://127.0.0.1:${(storage.address() as AddressInfo).port}/devstoreaccount1`
  const endpoints = ['Blob', 'Queue', 'Table'].map((name) => `${name}Endpoint=${endpoint}`).join(';')
  const account = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;${endpoints}`
  const container = runInContainer([...image.command.slice(0, -2), '--storage', account], await findFreePort())
  await once(storage, 'connection')
  expect(await stopContainer(container)).toBe(0)
})
