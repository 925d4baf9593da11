import * as z from 'zod'
import { RECORDING_STATUSES } from '../../calls/resources.js'
import { caseInsensitiveEnum } from './parse.js'
import { clientContext } from './types.js'

/** POST .../updateRecordingStatus */
export const updateRecordingStatusBody = z.object({ status: caseInsensitiveEnum(RECORDING_STATUSES), clientContext })
