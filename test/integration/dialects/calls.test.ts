import { calls } from './rows/calls.js'
import { testRows } from './rows/row.js'

testRows(calls)
