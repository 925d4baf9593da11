import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ALL_PERMISSIONS } from '../../../shared/auth/permissions.js'
import { MAX_DRAIN_MS } from '../../../shared/delivery/drain.js'

// The files that azd, the Functions host, Entra ID and GitHub read, as far as a test can check them without these.

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

test('the roles of the Entra application are the permissions of the endpoints', () => {
  const roles: { id: string; value: string; allowedMemberTypes: string[]; isEnabled: boolean; description: string }[] =
    readJson('infra/appRoles.json')
  expect(roles.map(({ value }) => value)).toEqual(ALL_PERMISSIONS.map(([name]) => name))
  expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length)
  for (const { id, allowedMemberTypes, isEnabled, description } of roles) {
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect([allowedMemberTypes, isEnabled]).toEqual([['Application'], true])
    expect(description).not.toBe('')
  }
})

test('azd passes exactly the parameters of the template, and each has a description', () => {
  const { parameters } = readJson('infra/main.parameters.json')
  const { parameters: declared } = readJson('test/unit/infra/main.json')
  expect(Object.keys(parameters).toSorted()).toEqual(Object.keys(declared).toSorted())
  for (const [name, { metadata }] of Object.entries<{ metadata?: { description?: string } }>(declared)) {
    expect(metadata?.description, name).toBeTruthy()
  }
})

/** The variables in main.parameters.json: name, and default if there is one. */
const azdVariables = [...readFileSync('infra/main.parameters.json', 'utf8').matchAll(/\$\{(\w+)(?:=([^}]*))?\}/g)].map(
  ([, name = '', value]) => ({ name, value }),
)
/** The variables that azd itself sets, and that `azd pipeline config` therefore copies without being told. */
const OWN_VARIABLES = ['AZURE_ENV_NAME', 'AZURE_LOCATION']

test('the defaults of azd are those of the template', () => {
  const { parameters } = readJson('infra/main.parameters.json')
  const { parameters: declared } = readJson('test/unit/infra/main.json')
  for (const [name, { value }] of Object.entries<{ value: string | object }>(parameters)) {
    const [, fallback] = /^\$\{\w+=([^}]*)\}$/.exec(String(value)) ?? []
    if (fallback !== undefined) expect(String(declared[name].defaultValue), name).toBe(fallback)
  }
  expect(azdVariables.find(({ name }) => name === 'SIMULATOR')).toEqual({ name: 'SIMULATOR', value: 'false' })
})

test('the template accepts only regions that have Flex Consumption', () => {
  const { allowedValues } = readJson('test/unit/infra/main.json').parameters.location
  expect(allowedValues).toContain('westeurope')
  expect(allowedValues).not.toContain('global')
})

test('the workflow installs Core Tools, and fails without them', () => {
  const workflow = readFileSync('.github/workflows/ci.yml', 'utf8')
  expect(workflow).toContain('npm install --global azure-functions-core-tools@4')
  expect(workflow).toContain('REQUIRE_CORE_TOOLS: "true"')
})

test('the settings that azd passes are settings of the service, and their variables have their names', () => {
  const { value } = readJson('infra/main.parameters.json').parameters.settings
  const documented = readFileSync('docs/configuration.md', 'utf8')
  for (const [name, text] of Object.entries(value)) {
    expect(text).toBe(`\${${name}=}`)
    expect(documented).toContain(`| \`${name}\` |`)
  }
  expect(Object.keys(value)).toEqual([
    'SWEEP_SCHEDULE',
    'CALLBACK_ALLOW_LIST',
    'PUBLIC_BASE_URL',
    'REQUESTS_PER_10_SECONDS',
  ])
})

test('the workflow passes every parameter, so that it deploys what azd deployed before', () => {
  const workflow = readFileSync('.github/workflows/azure-dev.yml', 'utf8')
  const azureYaml = readFileSync('azure.yaml', 'utf8')
  const deployment = readFileSync('docs/deployment.md', 'utf8')
  for (const { name } of azdVariables) {
    expect(workflow).toContain(`\n      ${name}: \${{ vars.${name} }}\n`)
    if (!OWN_VARIABLES.includes(name)) {
      expect(azureYaml).toContain(`\n    - ${name}\n`)
      expect(deployment).toContain(name)
    }
  }
  // Without the variable the template would open a deployment that is closed.
  expect(workflow).toContain('$' + '{VNET_ENABLED:?')
})

test('publishing from the root takes no node_modules, no sources, and only what the functions run of dist', () => {
  const folders: string[] = readJson('tsconfig.json').include
  const compiled = folders.filter((folder) => folder !== 'functions' && folder !== 'shared')
  const ignored = ['node_modules', ...folders, ...compiled.map((folder) => `dist/${folder}`)]
  const lines = readFileSync('.funcignore', 'utf8').split('\n')
  expect(lines).toEqual(expect.arrayContaining(ignored.map((path) => `/${path}`)))
  // The pages of the package.
  for (const folder of ['docs', 'inspector']) expect(lines).not.toContain(`/${folder}`)
})

test('publishing from VS Code takes the package', () => {
  expect(readJson('.vscode/settings.json')).toMatchObject({
    'azureFunctions.deploySubpath': 'package',
    'azureFunctions.preDeployTask': 'npm: package',
  })
})

test('azd deploys the output of the package command to the service that the template tags', () => {
  const text = readFileSync('azure.yaml', 'utf8')
  expect(text).toMatch(/^ {2}api:$/m)
  expect(text).toMatch(/^ {4}dist: package$/m)
  expect(text.match(/run: npm run package$/gm)).toHaveLength(2)
  expect(readJson('package.json').scripts.package).toBe('node scripts/package.ts')
})

test.each(globSync('.github/workflows/*.yml'))(
  '%s pins each action to a commit, and has read permission by default',
  (file) => {
    const text = readFileSync(file, 'utf8')
    // What begins with ./ is of this repository.
    const uses = [...text.matchAll(/uses: (?!\.\/)(\S+)(.*)/g)]
    expect(uses.length).toBeGreaterThan(1)
    for (const [, action = '', comment] of uses) {
      expect(action).toMatch(/@[0-9a-f]{40}$/)
      expect(comment).toMatch(/# v\d+\.\d+\.\d+$/)
    }
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m)
    expect(text).not.toMatch(/secrets\./)
  },
)

test('the metrics and log events of the workbook and the alerts exist in the code', () => {
  const queries = [
    readFileSync('infra/workbook.json', 'utf8'),
    readFileSync('infra/modules/alerts.bicep', 'utf8'),
  ].join('\n')
  const emitted = [...readFileSync('shared/platform/telemetry.ts', 'utf8').matchAll(/'(ringback\.[\w.]+)'/g)].map(
    ([, name]) => name,
  )
  const metrics = [...queries.matchAll(/Name == ['"]([\w.]+)['"]/g)].map(([, name]) => name)
  expect(emitted).toEqual(expect.arrayContaining(metrics))
  expect(metrics.length).toBeGreaterThan(3)
  const sources = [...globSync('shared/**/*.ts'), ...globSync('functions/**/*.ts')]
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
  for (const [, event = ''] of queries.matchAll(/Message has ['"]((?:wakeUp|notification)\.\w+)['"]/g))
    expect(sources).toContain(`'${event}'`)
})

test('host.json gives a drain twice its time, and lets wake-ups and the sweep start soon', () => {
  const { functionTimeout, extensions, singleton } = readJson('host.json')
  const [hours = 0, minutes = 0, seconds = 0] = functionTimeout.split(':').map(Number)
  expect(((hours * 60 + minutes) * 60 + seconds) * 1000).toBe(2 * MAX_DRAIN_MS)
  // By default a queue is read once a minute.
  expect(extensions.queues.maxPollingInterval).toBe('00:00:02')
  // When the host that runs the sweep dies, another one runs it after this time. Azure allows no shorter one.
  expect(singleton).toEqual({
    listenerLockPeriod: '00:00:15',
    listenerLockRecoveryPollingInterval: '00:00:15',
  })
})

test('func start finds its configuration', () => {
  const { main, scripts, dependencies } = readJson('package.json')
  const host = readJson('host.json')
  expect(host.version).toBe('2.0')
  expect(host.extensionBundle.id).toBe('Microsoft.Azure.Functions.ExtensionBundle')
  // Version 4.5 and later register functions in code, without function.json.
  expect(dependencies['@azure/functions']).toMatch(/^4\./)
  const { compilerOptions } = readJson('tsconfig.json')
  expect(main).toBe(`${compilerOptions.outDir}/functions/**/*.js`)
  expect(scripts['prestart:func']).toContain('build')
  const { Values: values, IsEncrypted } = readJson('local.settings.sample.json')
  expect(IsEncrypted).toBe(false)
  expect(values).toMatchObject({ FUNCTIONS_WORKER_RUNTIME: 'node', AzureWebJobsStorage: 'UseDevelopmentStorage=true' })
  // As fast as npm start. The real host respects it in development too (Storage Queues extension 5.0.0, changelog).
  const name = 'AzureFunctionsJobHost__extensions__queues__maxPollingInterval'
  const [, interval] = /MAX_POLLING_INTERVAL = '(.+)'/.exec(readFileSync('local-host/start.ts', 'utf8')) ?? []
  expect(values[name]).toBe(interval)
  expect(readFileSync('.gitignore', 'utf8')).toContain('\nlocal.settings.json\n')
})
