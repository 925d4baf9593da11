import { expect, test } from 'vitest'
import { renderPersonPath } from '../../../shared/simulator/personPath.js'

test.each([
  ['megan', '/simulator/people/megan/answer'],
  ['megan@contoso.com', '/simulator/people/megan%40contoso.com/answer'],
  ['+14255550100', '/simulator/people/%2B14255550100/answer'],
  ['..', '/simulator/people/-/answer'],
  ['a/b', '/simulator/people/-/answer'],
  ['Zoë Müller', '/simulator/people/-/answer'],
])('the path of a request for the person %s is %s', (id, path) => {
  expect(renderPersonPath(id, 'answer')).toBe(path)
})
