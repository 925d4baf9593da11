import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../../../shared/auth/permissions.js'

// What azd, the Functions host, Entra ID and GitHub read of this repository, as far as it can be looked at without them.

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

test('the roles of the Entra application are the permissions that endpoints ask for', () => {
  const roles: { id: string; value: string; allowedMemberTypes: string[]; isEnabled: boolean; description: string }[] =
    json('infra/appRoles.json')
  expect(roles.map(({ value }) => value)).toEqual(ALL_PERMISSIONS.map(([name]) => name))
  expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length)
  for (const { id, allowedMemberTypes, isEnabled, description } of roles) {
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect([allowedMemberTypes, isEnabled]).toEqual([['Application'], true])
    expect(description).not.toBe('')
  }
})

test('azd is asked for what the template asks for, and nothing else', () => {
  const { parameters } = json('infra/main.parameters.json')
  const { parameters: declared } = json('test/unit/infra/main.json')
  expect(Object.keys(parameters).toSorted()).toEqual(Object.keys(declared).toSorted())
  for (const [name, { metadata }] of Object.entries<{ metadata?: { description?: string } }>(declared)) {
    expect(metadata?.description, name).toBeTruthy()
  }
})

test('what azd deploys is what the package command makes, for the service that the template tags', () => {
  const text = readFileSync('azure.yaml', 'utf8')
  expect(text).toMatch(/^ {2}api:$/m)
  expect(text).toMatch(/^ {4}dist: package$/m)
  expect(text.match(/run: npm run package$/gm)).toHaveLength(2)
  expect(json('package.json').scripts.package).toBe('node scripts/package.ts')
})

test.each(globSync('.github/workflows/*.yml'))(
  '%s pins each action to a commit, and asks for no more than it needs',
  (file) => {
    const text = readFileSync(file, 'utf8')
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)]
    expect(uses.length).toBeGreaterThan(1)
    for (const [, action = '', comment] of uses) {
      expect(action).toMatch(/@[0-9a-f]{40}$/)
      expect(comment).toMatch(/# v\d+\.\d+\.\d+$/)
    }
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m)
    expect(text).not.toMatch(/secrets\./)
  },
)

test('what the workbook and the alerts ask for is what is told', () => {
  const asked = [readFileSync('infra/workbook.json', 'utf8'), readFileSync('infra/modules/alerts.bicep', 'utf8')].join(
    '\n',
  )
  const told = [...readFileSync('shared/platform/telemetry.ts', 'utf8').matchAll(/'(ringback\.[\w.]+)'/g)].map(
    ([, name]) => name,
  )
  const metrics = [...asked.matchAll(/Name == ['"]([\w.]+)['"]/g)].map(([, name]) => name)
  expect(told).toEqual(expect.arrayContaining(metrics))
  expect(metrics.length).toBeGreaterThan(3)
  const sources = [...globSync('shared/**/*.ts'), ...globSync('functions/**/*.ts')]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  for (const [, line = ''] of asked.matchAll(/Message has ['"]((?:wakeUp|notification)\.\w+)['"]/g))
    expect(sources).toContain(`'${line}'`)
})

test('func start finds what it asks for', () => {
  const { main, scripts, dependencies } = json('package.json')
  const host = json('host.json')
  expect(host.version).toBe('2.0')
  expect(host.extensionBundle.id).toBe('Microsoft.Azure.Functions.ExtensionBundle')
  // From version 4.5 on, registration in code needs no function.json.
  expect(dependencies['@azure/functions']).toMatch(/^4\./)
  const { compilerOptions } = json('tsconfig.json')
  expect(main).toBe(`${compilerOptions.outDir}/functions/**/*.js`)
  expect(scripts['prestart:func']).toContain('build')
  const { Values: values, IsEncrypted } = json('local.settings.sample.json')
  expect(IsEncrypted).toBe(false)
  expect(values).toMatchObject({ FUNCTIONS_WORKER_RUNTIME: 'node', AzureWebJobsStorage: 'UseDevelopmentStorage=true' })
  expect(readFileSync('.gitignore', 'utf8')).toContain('\nlocal.settings.json\n')
})
