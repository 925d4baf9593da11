import { execFileSync } from 'node:child_process'
import { chownSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob, relative, resolve } from 'node:path'

// Runs the steps of a Dockerfile in folders, where no container can be built. A stage is a folder that stands for its
// root, so a RUN may use relative paths only. What the file has and this does not know is an error.

interface Instruction {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly value: string
}

/** What an image says about its containers. */
export interface Image {
  /** The folder that stands for the root of the file system. */
  readonly root: string
  /** As it is written, with its tag. */
  readonly base: string
  readonly labels: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly volume: string
  readonly port: string
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

export interface BuildOptions {
  /** An empty folder. */
  readonly directory: string
  /** The user and group to which the names of the image's users are mapped. */
  readonly uid: number
}

/** Builds the Dockerfile of this folder, and returns its last stage. */
export function buildImage(options: BuildOptions): Image {
  const stages = new Map<string, Stage>()
  for (const instruction of parseDockerfile(readFileSync('Dockerfile', 'utf8'))) {
    if (instruction.name === 'FROM') {
      const [, base = '', name = 'last'] = /^(\S+)(?: AS (\w+))?$/.exec(instruction.value) ?? []
      stages.set(name, new Stage(base, join(options.directory, name), stages, options))
    } else {
      const stage = [...stages.values()].at(-1)
      if (!stage) throw new Error('expected FROM as the first instruction')
      stage.execute(instruction)
    }
  }
  return stages.get('last')?.image() ?? expectInstruction('FROM')
}

function parseDockerfile(text: string): Instruction[] {
  const lines = text.replaceAll(/^#.*\n/gm, '').replaceAll(/\\\n\s*/g, '')
  return lines.split('\n').flatMap((line) => {
    const [, name, flags = '', value = ''] = /^([A-Z]+) ((?:--\S+ +)*)(.+)$/.exec(line) ?? []
    if (name === undefined && line.trim() !== '') throw new Error(`expected an instruction: ${line}`)
    const pairs = [...flags.matchAll(/--([\w-]+)=(\S+)/g)].map(([, flag, setting]) => [flag, setting])
    return name === undefined ? [] : { name, flags: Object.fromEntries(pairs), value }
  })
}

class Stage {
  readonly #base: string
  readonly #root: string
  readonly #stages: ReadonlyMap<string, Stage>
  readonly #options: BuildOptions
  readonly #settings = new Map<string, string>()
  readonly #env: Record<string, string> = {}
  #directory = '/'

  constructor(base: string, root: string, stages: ReadonlyMap<string, Stage>, options: BuildOptions) {
    this.#base = base
    this.#root = root
    this.#stages = stages
    this.#options = options
    // Node.js is all that is used of the image on which the stage is based.
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true })
    copyFileSync(process.execPath, join(root, 'usr/local/bin/node'))
  }

  execute({ name, flags, value }: Instruction): void {
    switch (name) {
      case 'WORKDIR':
        this.#directory = value
        mkdirSync(this.#path(value), { recursive: true })
        return
      case 'RUN':
        this.#run(value)
        return
      case 'COPY':
        this.#copy(value.split(/\s+/), flags)
        return
      case 'ENV':
        for (const [, key = '', setting = ''] of value.matchAll(/(\w+)=(\S+)/g)) this.#env[key] = setting
        return
      case 'LABEL':
      case 'USER':
      case 'VOLUME':
      case 'EXPOSE':
      case 'HEALTHCHECK':
      case 'ENTRYPOINT':
      case 'CMD':
        this.#settings.set(name, value)
        return
      default:
        throw new Error(`expected an instruction that is known, and not ${name}`)
    }
  }

  image(): Image {
    const read = (name: string): string => this.#settings.get(name) ?? expectInstruction(name)
    return {
      root: this.#root,
      base: this.#base,
      labels: read('LABEL'),
      env: this.#env,
      user: read('USER'),
      volume: read('VOLUME'),
      port: read('EXPOSE'),
      command: [...JSON.parse(read('ENTRYPOINT')), ...JSON.parse(read('CMD'))],
      healthcheck: JSON.parse(read('HEALTHCHECK').replace(/^CMD /, '')),
    }
  }

  #path(path: string): string {
    return join(this.#root, resolve(this.#directory, path))
  }

  #run(command: string): void {
    if (/(^|\s)\//.test(command)) throw new Error(`expected relative paths: ${command}`)
    const env = { ...process.env, ...this.#env, NODE_ENV: '' }
    execFileSync('/bin/sh', ['-ec', command], { cwd: this.#path('.'), env, stdio: 'pipe' })
  }

  #copy(paths: readonly string[], { from, chown }: Instruction['flags']): void {
    const target = this.#path(paths.at(-1) ?? '')
    for (const path of paths.slice(0, -1)) {
      if (from === undefined) copyContext(path, target)
      else cpSync(this.#source(from, path), target, { recursive: true, verbatimSymlinks: true })
    }
    if (chown !== undefined && process.getuid?.() === 0) chownSync(target, this.#options.uid, this.#options.uid)
  }

  #source(from: string, path: string): string {
    const stage = this.#stages.get(from)
    return stage ? stage.#path(path) : expectInstruction(`FROM ... AS ${from}`)
  }
}

/** Copies what git knows and .dockerignore does not exclude. */
function copyContext(path: string, target: string): void {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', path], {
    encoding: 'utf8',
  })
  const isIgnored = readDockerIgnore(readFileSync('.dockerignore', 'utf8'))
  for (const file of files.split('\n').filter((name) => name !== '' && existsSync(name) && !isIgnored(name))) {
    const copy = join(target, relative(path, file) || file)
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(file, copy)
  }
}

/** The last line that matches a file, or a folder of it, says whether the file is left out. */
function readDockerIgnore(text: string): (file: string) => boolean {
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return (file) => {
    const folders = file.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'))
    const matches = (pattern: string) => folders.some((folder) => matchesGlob(folder, pattern.replace(/^!/, '')))
    return patterns.findLast(matches)?.startsWith('!') === false
  }
}

function expectInstruction(name: string): never {
  throw new Error(`expected the instruction ${name}`)
}
