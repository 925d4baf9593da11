import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeView, isStep, readView, TABS, type View, writeView } from '../../../inspector/url.js'

const text = fc.option(fc.string({ minLength: 1 }), { nil: undefined })
const views: fc.Arbitrary<View> = fc.record({
  tab: fc.constantFrom(...TABS),
  call: text,
  m: text,
  person: text,
  app: text,
  state: text,
  q: text,
  failed: fc.boolean(),
})

test('a URL restores the view that it was written for', () => {
  const property = fc.property(views, (view) => {
    expect(readView(writeView(view))).toEqual(view)
  })
  fc.assert(property)
})

test('the first view has no query', () => {
  expect(writeView(readView(''))).toBe('')
})

test('an unknown tab and an empty text are ignored', () => {
  expect(readView('?tab=nonsense&q=&failed=yes')).toMatchObject({ tab: 'calls', q: undefined, failed: false })
})

test('another call closes the details, and the same call keeps them', () => {
  const view = readView('?call=a&m=request:1&q=x')
  expect(changeView(view, { call: 'b' })).toMatchObject({ call: 'b', m: undefined, q: 'x' })
  expect(changeView(view, { call: 'a' })).toMatchObject({ m: 'request:1' })
  expect(changeView(view, { call: 'b', m: 'request:2' })).toMatchObject({ m: 'request:2' })
})

test('the Back button returns to the call and the tab before, not to a filter', () => {
  const view = readView('?call=a')
  expect(isStep(view, { ...view, call: 'b' })).toBe(true)
  expect(isStep(view, { ...view, tab: 'bots' })).toBe(true)
  expect(isStep(view, { ...view, q: 'x', m: 'request:1' })).toBe(false)
})
