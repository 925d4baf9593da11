import { describe, expect, it, test } from 'vitest'
import { UserError } from '../../../hosting/userError.js'
import { createRouter } from '../../../local-host/routes.js'

const GUID = '2432b57b-0abd-43db-aa7b-16eadd115d34'

function makeFunction(name: string, route?: string, methods = ['GET']) {
  return { name, route, methods }
}

function matchTemplate(template: string, path: string) {
  return createRouter([makeFunction('f', template)], '')('GET', path)?.params
}

describe('a route template matches a path and returns the values of its parameters', () => {
  test.each<[template: string, path: string, params: Record<string, string>]>([
    ['calls', '/calls', {}],
    ['calls', '/CALLS', {}],
    ['calls', '/calls/', {}],
    ['Calls/{callId}', '/calls/One', { callId: 'One' }],
    ['calls/{callId}/participants/{id}', '/calls/1/participants/2', { callId: '1', id: '2' }],
    ['calls/{callId?}', '/calls', {}],
    ['calls/{callId?}', '/calls/', {}],
    ['calls/{callId?}', '/calls/1', { callId: '1' }],
    ['{*rest}', '/', {}],
    ['{*rest}', '/a/b', { rest: 'a/b' }],
    ['files/{*rest}', '/files/a/', { rest: 'a/' }],
    ['files/{*rest}', '/files/a//b', { rest: 'a//b' }],
    ['{version:regex(^(v1\\.0|beta)$)}/calls', '/V1.0/calls', { version: 'V1.0' }],
    ['{a:regex(^((x|y)z)+$)}', '/xzyz', { a: 'xzyz' }],
    ['{a:regex(^\\d{{3}}$)}', '/123', { a: '123' }],
    ['{a:regex(b)}', '/abc', { a: 'abc' }],
    ['{a:regex(^[^/]+$)}/c', '/b/c', { a: 'b' }],
    ['{id:guid}', `/${GUID}`, { id: GUID }],
    ['{id:int}', '/-12', { id: '-12' }],
    ['{id:alpha:length(2,3)}', '/abc', { id: 'abc' }],
    ['{id:minlength(2)}', '/ab', { id: 'ab' }],
    ['{id:maxlength(2)}', '/ab', { id: 'ab' }],
  ])('%s matches %s', (template, path, params) => {
    expect(matchTemplate(template, path)).toEqual(params)
  })
})

describe('a route template does not match', () => {
  test.each<[template: string, path: string, reason: string]>([
    ['calls', '/call', 'another literal'],
    ['calls', '/calls/1', 'one segment too many'],
    ['calls/{callId}', '/calls', 'one segment too few'],
    ['calls/{callId}', '/calls/', 'an empty segment for a parameter'],
    ['calls/{callId}', '/calls//', 'two trailing slashes'],
    ['calls/{callId}', '/calls/1//', 'two trailing slashes after a value'],
    ['calls/{callId}', '/calls//1', 'an empty segment in the middle'],
    ['calls', '//calls', 'an empty first segment'],
    ['{*rest}', '//calls', 'an empty first segment, even with a catch-all'],
    ['{version:regex(^(v1\\.0|beta)$)}', '/v1x0', 'a value that the expression does not match'],
    ['{id:guid}', '/1', 'a value that is not a GUID'],
    ['{id:int}', '/2147483648', 'a value above 32 bits'],
    ['{id:alpha}', '/a1', 'a value with a digit'],
    ['{id:length(2)}', '/abc', 'a value of another length'],
  ])('%s does not match %s: %s', (template, path) => {
    expect(matchTemplate(template, path)).toBeUndefined()
  })
})

describe('a path is decoded once before matching', () => {
  test.each([
    ['/a%20b', 'a b'],
    ['/caf%C3%A9', 'café'],
    ['/a+b', 'a+b'],
    ['/a%2Fb', 'a%2Fb'],
    ['/a%20%2fb', 'a %2fb'],
    ['/a%252Fb', 'a%2Fb'],
    ['/bad%zz', 'bad%zz'],
    ['/bad%ff', 'bad%ff'],
    ['/x/../y', 'y'],
    ['/./y', 'y'],
    ['/x/%2e%2e/y/', 'y'],
  ])('%s becomes %s', (path, value) => {
    expect(matchTemplate('{value}', path)).toEqual({ value })
  })
})

describe('the router', () => {
  it('selects the first match in the order of the function names, without regard to case', () => {
    const route = createRouter([makeFunction('b', 'items/special'), makeFunction('A', 'items/{id}')], '')
    expect(route('GET', '/items/special')).toMatchObject({ fn: { name: 'A' } })
  })

  it('tries the next function when a constraint or the method does not match', () => {
    const route = createRouter(
      [makeFunction('a', '{id:int}'), makeFunction('b', '{id}', ['POST']), makeFunction('c', '{id}')],
      '',
    )
    expect(route('GET', '/x')).toMatchObject({ fn: { name: 'c' } })
    expect(route('DELETE', '/x')).toBeUndefined()
  })

  it('uses the function name as the default route and adds the prefix', () => {
    expect(createRouter([makeFunction('Hello')], 'api')('GET', '/api/hello')).toMatchObject({ fn: { name: 'Hello' } })
  })
})

describe('a route is rejected at start', () => {
  test.each([
    ['administration', /^f: the route 'administration' conflicts with a built-in route/],
    ['runtime/x', /conflicts with a built-in route/],
    ['{id:even}', /^f: the local host does not support the route constraint 'even'/],
    ['{id=1}', /does not support the route constraint '=1'/],
    ['a{id}', /does not support the route template/],
    ['{id:regex(()}', /Invalid regular expression/],
  ])('%s', (template, message) => {
    expect(() => matchTemplate(template, '/')).toThrow(UserError)
    expect(() => matchTemplate(template, '/')).toThrow(message)
  })

  it('when another function has the same template and one of its methods', () => {
    const first = makeFunction('a', 'calls/{id}', ['GET', 'POST'])
    expect(() => createRouter([first, makeFunction('b', 'Calls/{id}', ['POST'])], '')).toThrow(
      "'Calls/{id}' is already used by a",
    )
    expect(() => createRouter([first, makeFunction('b', 'calls/{id}', ['DELETE'])], '')).not.toThrow()
  })
})
