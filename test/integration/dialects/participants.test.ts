import { participants } from './rows/participants.js'
import { testRows } from './rows/row.js'

testRows(participants)
