import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

// What can be checked of workflows, action.yml, compose.yaml and the devcontainer without running them.

interface Step {
  readonly run?: string
  readonly uses?: string
  readonly shell?: string
}

interface Job {
  readonly uses?: string
  readonly steps?: readonly Step[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
}

const read = (file: string) => parse(readFileSync(file, 'utf8'), { strict: true })
const versionOf = (name: string): string => read('package.json').devDependencies[name]
const workflows = globSync('.github/workflows/*.yml')
const jobsOf = (file: string): Job[] => Object.values(read(file).jobs)
const stepsOf = (file: string): Step[] => {
  const steps = file === 'action.yml' ? read(file).runs.steps : jobsOf(file).flatMap((job) => job.steps ?? [])
  return steps
}

test.each([...workflows, 'action.yml'])(
  'the scripts of %s contain no expressions, which could insert commands',
  (file) => {
    const scripts = stepsOf(file).flatMap(({ run }) => run ?? [])
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
  },
)

test.each(workflows)('%s uses actions of other repositories by their commit', (file) => {
  const used = stepsOf(file).flatMap(({ uses }) => uses ?? [])
  expect(used.filter((name) => name !== './' && !/^[\w-]+\/[\w-]+@[\da-f]{40}$/.test(name))).toEqual([])
})

test.each(workflows)('%s grants what it needs to its jobs only, which end in time', (file) => {
  const permissions = Object.keys(read(file).permissions)
  expect(permissions.filter((name) => !['contents', 'id-token'].includes(name))).toEqual([])
  expect(jobsOf(file).filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined)).toEqual([])
})

test('a release is published by two jobs, each with one permission to write, after the checks', () => {
  const { permissions, jobs, on } = read('.github/workflows/publish.yml')
  expect(permissions).toEqual({ contents: 'read' })
  expect(on.push.tags).toEqual(['v[0-9]+.[0-9]+.[0-9]+'])
  expect(jobs.npm).toMatchObject({ needs: 'checks', permissions: { contents: 'read', 'id-token': 'write' } })
  expect(jobs.image).toMatchObject({ needs: 'checks', permissions: { contents: 'read', packages: 'write' } })
  expect(Object.keys(read('.github/workflows/ci.yml').on)).toContain('workflow_call')
})

test('every input of the action has a default, and every step a shell', () => {
  const { inputs } = read('action.yml')
  expect(Object.keys(inputs)).toEqual(['version', 'port', 'bot-url', 'scenarios', 'settings'])
  for (const input of Object.values(inputs)) expect(input).toMatchObject({ default: expect.any(String) })
  expect(stepsOf('action.yml').filter(({ shell }) => shell !== 'bash')).toEqual([])
})

test('compose.yaml publishes ports to this machine only, and uses the Azurite of the project', () => {
  const { services, volumes } = read('compose.yaml')
  expect(services.azurite.image).toBe(`mcr.microsoft.com/azure-storage/azurite:${versionOf('azurite')}`)
  const all: { ports?: string[]; volumes?: string[] }[] = Object.values(services)
  expect(all.flatMap(({ ports = [] }) => ports).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
  const used = all.flatMap((service) => service.volumes ?? []).map((volume) => volume.replace(/:.*/, ''))
  expect(used.toSorted()).toEqual(Object.keys(volumes).toSorted())
})

test('the devcontainer has the Node.js of the project', () => {
  const { image, postCreateCommand, forwardPorts } = read('.devcontainer/devcontainer.json')
  expect(image).toMatch(new RegExp(`:${versionOf('node').replace(/\..*/, '')}$`))
  expect({ postCreateCommand, forwardPorts }).toEqual({ postCreateCommand: 'npm ci', forwardPorts: [7071] })
})
