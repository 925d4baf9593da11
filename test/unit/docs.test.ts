import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const MAX_COLUMNS = 120
const MAX_README_LINES = 150
const pages = [...globSync('*.md'), ...globSync('{docs,examples,infra}/**/*.md')]

const read = (page: string): string => readFileSync(page, 'utf8')
/** The text outside of code blocks. */
const proseOf = (page: string): string => read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
/** The anchors of a page, as GitHub derives them from its headings. */
const anchorsOf = (page: string): string[] =>
  [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  )

test('the README fits on a few screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(MAX_README_LINES)
})

test.each(pages)('%s keeps to 120 columns, except in tables, whose rows cannot be wrapped', (page) => {
  const lines = proseOf(page).split('\n')
  expect(lines.filter((line) => line.length > MAX_COLUMNS && !line.startsWith('|'))).toEqual([])
})

test.each(pages)('every link of %s to a file or a heading of this repository resolves', (page) => {
  const targets = [...proseOf(page).matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, target = '']) => target)
  const broken = targets.filter((target) => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : join(dirname(page), path)
    return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor))
  })
  expect(broken).toEqual([])
})

test('every dependency has its reason in CONTRIBUTING.md', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const [, table = ''] = /^\| Package \| Reason \|$([\s\S]*?)^$/m.exec(read('CONTRIBUTING.md')) ?? []
  const explained = [...table.matchAll(/^\| (.+?) \|/gm)].flatMap(([, names = '']) => names.split(', '))
  const isExplained = (name: string) => explained.includes(name) || explained.includes(name.replace(/\/.*/, '/*'))
  const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.endsWith('-types-beta'))
  expect(names.filter((name) => !isExplained(name))).toEqual([])
})

test.each(pages)('every command that %s names is a script of package.json', (page) => {
  const { scripts } = JSON.parse(read('package.json'))
  const named = [...read(page).matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})
