import * as z from 'zod'
import { SCREEN_SHARING_ROLES } from '../../calls/resources.js'
import { caseInsensitiveEnum } from './parse.js'

/** POST .../changeScreenSharingRole */
export const changeScreenSharingRoleBody = z.object({ role: caseInsensitiveEnum(SCREEN_SHARING_ROLES) })
