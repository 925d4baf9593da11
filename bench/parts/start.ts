import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Storage, startApp, startStorage } from '../host.js'
import { compareMemory } from '../memory.js'
import { type Part, type ResultTable, type RunOptions, ratio, round } from '../part.js'
import { median, range } from '../statistics.js'

// How fast the package starts, how large it is, and how much memory it uses, beside a hello world.

const STARTS = 5
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
        await compareSizes(ours, hello),
        ...(await compareMemory(ours.folder, hello.folder, { storage, options })),
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
  return {
    title: 'Start of the bundled apps',
    columns: ['from the start of the process', 'Ringback, ms', 'hello world, ms', 'ratio'],
    rows: [row('to ready', times.ready), row('to the first reply', times.answered)],
    chart: { file: 'start', columns: [1, 2], unit: 'median, ms' },
  }
}

async function compareSizes(ours: App, hello: App): Promise<ResultTable> {
  const [mine, other] = [await sizeOf(ours.folder), await sizeOf(hello.folder)]
  return {
    title: 'Size of the bundled apps',
    columns: ['', 'Ringback', 'hello world', 'ratio'],
    rows: [['KiB', round(mine), round(other), ratio(mine, other)]],
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
