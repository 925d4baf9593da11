import { identities } from './rows/identities.js'
import { testRows } from './rows/row.js'

testRows(identities)
