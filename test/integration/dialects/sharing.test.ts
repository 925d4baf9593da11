import { testRows } from './rows/row.js'
import { sharing } from './rows/sharing.js'

testRows(sharing)
