import { rosters } from './rows/rosters.js'
import { testRows } from './rows/row.js'

testRows(rosters)
