import { describe, expect, it, test } from 'vitest'
import { createRouter } from '../../local-host/routes.js'

const GUID = '2432b57b-0abd-43db-aa7b-16eadd115d34'

function fn(name: string, route?: string, methods = ['GET']) {
  return { name, route, methods }
}

function paramsOf(template: string, path: string) {
  return createRouter([fn('f', template)], '')('GET', path)?.params
}

describe('a route template matches a path and yields the values of its parameters', () => {
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
    expect(paramsOf(template, path)).toEqual(params)
  })
})

describe('a route template does not match', () => {
  test.each<[template: string, path: string, why: string]>([
    ['calls', '/call', 'another literal'],
    ['calls', '/calls/1', 'a segment too many'],
    ['calls/{callId}', '/calls', 'a segment too few'],
    ['calls/{callId}', '/calls/', 'an empty segment for a parameter'],
    ['calls/{callId}', '/calls//', 'two trailing slashes'],
    ['calls/{callId}', '/calls/1//', 'two trailing slashes after a value'],
    ['calls/{callId}', '/calls//1', 'an empty segment in the middle'],
    ['calls', '//calls', 'an empty first segment'],
    ['{*rest}', '//calls', 'an empty first segment, even with a catch-all'],
    ['{version:regex(^(v1\\.0|beta)$)}', '/v1x0', 'a value the expression does not find'],
    ['{id:guid}', '/1', 'a value that is no GUID'],
    ['{id:int}', '/2147483648', 'a value above 32 bits'],
    ['{id:alpha}', '/a1', 'a value with a digit'],
    ['{id:length(2)}', '/abc', 'a value of another length'],
  ])('%s does not match %s: %s', (template, path) => {
    expect(paramsOf(template, path)).toBeUndefined()
  })
})

describe('a path is decoded once before it is matched', () => {
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
  ])('%s gives %s', (path, value) => {
    expect(paramsOf('{value}', path)).toEqual({ value })
  })
})

describe('functions compete for a request', () => {
  it('goes to the first match in the order of the function names, ignoring case', () => {
    const route = createRouter([fn('b', 'items/special'), fn('A', 'items/{id}')], '')
    expect(route('GET', '/items/special')).toMatchObject({ fn: { name: 'A' } })
  })

  it('goes on to the next function when a constraint or the method does not fit', () => {
    const route = createRouter([fn('a', '{id:int}'), fn('b', '{id}', ['POST']), fn('c', '{id}')], '')
    expect(route('GET', '/x')).toMatchObject({ fn: { name: 'c' } })
    expect(route('DELETE', '/x')).toBeUndefined()
  })

  it('uses the function name as the route and puts the prefix before it', () => {
    expect(createRouter([fn('Hello')], 'api')('GET', '/api/hello')).toMatchObject({ fn: { name: 'Hello' } })
  })
})

describe('a route is refused at start', () => {
  test.each([
    ['administration', /^f: the route 'administration' conflicts with a built-in route/],
    ['runtime/x', /conflicts with a built-in route/],
    ['{id:even}', /^f: the local host does not know the route constraint 'even'/],
    ['{id=1}', /cannot read the route constraint '=1'/],
    ['a{id}', /cannot read the route template/],
    ['{id:regex(()}', /Invalid regular expression/],
  ])('%s', (template, message) => {
    expect(() => paramsOf(template, '/')).toThrow(message)
  })

  it('when another function has the same template and one of its methods', () => {
    const first = fn('a', 'calls/{id}', ['GET', 'POST'])
    expect(() => createRouter([first, fn('b', 'Calls/{id}', ['POST'])], '')).toThrow(
      "'Calls/{id}' is already used by a",
    )
    expect(() => createRouter([first, fn('b', 'calls/{id}', ['DELETE'])], '')).not.toThrow()
  })
})
