import { replies } from './rows/replies.js'
import { testRows } from './rows/row.js'

testRows(replies)
