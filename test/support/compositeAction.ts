import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'

// Runs the steps of action.yml as a GitHub runner does, in a folder of its own. What action.yml has and this does not
// know is an error.

type Values = Readonly<Record<string, string>>

interface Step {
  readonly name: string
  readonly id?: string
  readonly if?: string
  readonly shell: 'bash'
  readonly env?: Values
  readonly run: string
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: 'composite'; readonly steps: readonly Step[] }
}

/** The result of an action. */
export interface ActionRun {
  readonly hasFailed: boolean
  /** What its steps printed. */
  readonly log: string
  /** The names of the steps that ran. */
  readonly steps: readonly string[]
  readonly outputs: Values
  /** The variable PATH of later steps. */
  readonly path: string
  /** The folder RUNNER_TEMP. */
  readonly temp: string
}

const readAction = (): Action => parse(readFileSync('action.yml', 'utf8'))

/** How bash is started for `shell: bash`. */
const BASH = ['--noprofile', '--norc', '-e', '-o', 'pipefail']

/** Runs action.yml with these inputs; the others have their defaults. */
export async function runAction(given: Values, env: Values = {}): Promise<ActionRun> {
  const { inputs, outputs, runs } = readAction()
  const defaults = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.default]))
  const runner = new Runner({ ...defaults, ...given }, env)
  for (const step of runs.steps) await runner.run(step)
  const results = Object.entries(outputs).map(([name, { value }]) => [name, runner.insert(value)])
  return { ...runner, outputs: Object.fromEntries(results) }
}

class Runner {
  hasFailed = false
  log = ''
  readonly steps: string[] = []
  path = process.env.PATH ?? ''
  readonly temp = mkdtempSync(join(tmpdir(), 'ringback-runner-'))
  readonly #inputs: Values
  readonly #env: Values
  readonly #outputs = new Map<string, Values>()

  constructor(inputs: Values, env: Values) {
    this.#inputs = inputs
    this.#env = env
  }

  async run(step: Step): Promise<void> {
    if (!this.#applies(step.if)) return
    this.steps.push(step.name)
    const file = (name: string) => join(this.temp, `${this.steps.length}-${name}`)
    const files = { script: file('script.sh'), output: file('output'), path: file('path') }
    for (const name of Object.values(files)) writeFileSync(name, '')
    writeFileSync(files.script, step.run)
    const child = spawn('bash', [...BASH, files.script], {
      env: {
        ...process.env,
        ...this.#env,
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, this.insert(value)])),
        PATH: this.path,
        RUNNER_TEMP: this.temp,
        GITHUB_ACTION_PATH: resolve('.'),
        GITHUB_OUTPUT: files.output,
        GITHUB_PATH: files.path,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = new Promise((done) => child.once('exit', done))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
    this.log += stdout + stderr
    this.hasFailed ||= code !== 0
    const lines = readFileSync(files.output, 'utf8').split('\n').filter(Boolean)
    this.#outputs.set(step.id ?? step.name, Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2))))
    const paths = readFileSync(files.path, 'utf8').split('\n').filter(Boolean)
    this.path = [...paths.toReversed(), this.path].join(delimiter)
  }

  /** Inserts the values of expressions. */
  insert(template: string): string {
    return template.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const [, input, step = '', output = ''] =
        /^(?:inputs\.([\w-]+)|steps\.(\w+)\.outputs\.([\w-]+))$/.exec(expression) ?? []
      if (input !== undefined) return this.#inputs[input] ?? fail(`no input ${input}`)
      if (step === '') return fail(`unknown expression ${expression}`)
      // An output that was not set is empty.
      return this.#outputs.get(step)?.[output] ?? ''
    })
  }

  #applies(condition: string | undefined): boolean {
    switch (condition) {
      case undefined:
        return !this.hasFailed
      case "inputs.scenarios != ''":
        return !this.hasFailed && this.#inputs.scenarios !== ''
      case 'failure()':
        return this.hasFailed
      case "always() && (inputs.scenarios != '' || failure())":
        return this.#inputs.scenarios !== '' || this.hasFailed
      default:
        return fail(`unknown condition ${condition}`)
    }
  }
}

function fail(problem: string): never {
  throw new Error(`action.yml: ${problem}`)
}
