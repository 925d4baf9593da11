import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { CREATE_NOTIFICATIONS, idOf, startBot, startCallback } from '../bot.js'
import { type Storage, startApp, startStorage } from '../host.js'
import { type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { forEachInFlight, median, range } from '../statistics.js'

// How fast the package starts, how large it is, and how much memory it uses, beside a hello world.

const STARTS = 5
const COMMANDS = 2_000
const IN_FLIGHT = 16
const KIBIBYTE = 1024

interface App {
  readonly folder: string
  /** The path of the first request. */
  readonly path: string
}

export const start: Part = {
  name: 'start',
  async run(options) {
    const directory = await mkdtemp(join(tmpdir(), 'ringback-bench-'))
    const storage = await startStorage()
    try {
      const ours: App = { folder: join(directory, 'package'), path: '/health' }
      const hello: App = { folder: join(directory, 'hello'), path: '/hello' }
      execFileSync(process.execPath, ['scripts/package.ts', ours.folder])
      await bundleHello(hello.folder)
      return [
        await compareStarts(ours, hello, { storage, options }),
        await compareMemory(ours, hello, { storage, options }),
      ]
    } finally {
      await storage.stop()
      await rm(directory, { recursive: true })
    }
  },
}

/** Bundles the hello world as scripts/package.ts bundles Ringback. */
export async function bundleHello(folder: string): Promise<void> {
  await mkdir(folder)
  await build({
    entryPoints: ['bench/hello/app.js'],
    outfile: join(folder, 'index.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    external: ['@azure/functions-core'],
    banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
  })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }))
  await writeFile(join(folder, 'host.json'), await readFile('bench/hello/host.json', 'utf8'))
}

interface Context {
  readonly storage: Storage
  readonly options: RunOptions
}

async function compareStarts(ours: App, hello: App, { storage, options }: Context): Promise<ResultTable> {
  const times = { ready: [[], []] as [number[], number[]], answered: [[], []] as [number[], number[]] }
  for (const _ of range(options.scale(STARTS))) {
    for (const [index, app] of [ours, hello].entries()) {
      const { readyMs, answeredMs } = await measureStart(app, storage)
      times.ready[index]?.push(readyMs)
      times.answered[index]?.push(answeredMs)
    }
  }
  const row = (name: string, [mine, other]: readonly [number[], number[]]) => {
    const [a, b] = [median(mine), median(other)]
    return [name, round(a), round(b), ratio(a, b)]
  }
  const [ourSize, helloSize] = [await sizeOf(ours.folder), await sizeOf(hello.folder)]
  return {
    title: 'Start and size, bundled',
    columns: ['', 'Ringback', 'hello world', 'ratio'],
    rows: [
      row('start to ready, ms', times.ready),
      row('start to the first reply, ms', times.answered),
      ['size, KiB', round(ourSize), round(helloSize), ratio(ourSize, helloSize)],
    ],
  }
}

/** Returns the milliseconds from the start of the process to `ready`, and to the reply to the first request. */
export async function measureStart(
  { folder, path }: App,
  storage: Storage,
): Promise<{ readyMs: number; answeredMs: number }> {
  const host = await startApp(folder, storage)
  try {
    const reply = await fetch(host.baseUrl + path)
    await reply.text()
    if (reply.status !== 200) throw new Error(`${path} was answered with ${reply.status}`)
    return { readyMs: host.readyMs, answeredMs: performance.now() - host.startedAt }
  } finally {
    await host.stop()
  }
}

/** The size of a package in KiB, without the files that are read only after an error. */
async function sizeOf(folder: string): Promise<number> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => !/\.map$|LEGAL\.txt$/.test(name))
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))))
  return stats.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0) / KIBIBYTE
}

async function compareMemory(ours: App, hello: App, { storage, options }: Context): Promise<ResultTable> {
  const commands = options.scale(COMMANDS)
  const host = await startApp(ours.folder, storage)
  const helloHost = await startApp(hello.folder, storage)
  const callback = await startCallback()
  try {
    const bot = await startBot(host.baseUrl, callback)
    const idle = [host.readMemory(), helloHost.readMemory()] as const
    // A create, a mute and a hang-up are three commands.
    await forEachInFlight(range(Math.ceil(commands / 3)), IN_FLIGHT, async () => {
      const call = await bot.run('create', '')
      await callback.waitForCall(idOf(call), CREATE_NOTIFICATIONS)
      await bot.run('mute', call)
      await bot.run('hang up', call)
    })
    await forEachInFlight(range(commands), IN_FLIGHT, async () => {
      await (await fetch(helloHost.baseUrl + hello.path)).text()
    })
    const busy = [host.readMemory(), helloHost.readMemory()] as const
    const row = (name: string, [a, b]: readonly [number, number]) => [name, round(a), round(b), ratio(a, b)]
    return {
      title: 'Memory (resident set)',
      columns: ['MiB', 'Ringback', 'hello world', 'ratio'],
      rows: [row('idle', idle), row(`after ${commands} commands`, busy)],
    }
  } finally {
    callback.close()
    await host.stop()
    await helloHost.stop()
  }
}
