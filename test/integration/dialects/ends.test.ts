import { ends } from './rows/ends.js'
import { testRows } from './rows/row.js'

testRows(ends)
