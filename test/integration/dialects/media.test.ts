import { media } from './rows/media.js'
import { testRows } from './rows/row.js'

testRows(media)
