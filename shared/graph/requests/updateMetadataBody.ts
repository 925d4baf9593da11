import * as z from 'zod'
import { clientContext } from './types.js'

/** Graph documents no limit. The metadata is a part of every roster that is sent. */
const MAX_METADATA_LENGTH = 4096

/** POST .../updateMetadata */
export const updateMetadataBody = z.object({ metadata: z.string().max(MAX_METADATA_LENGTH), clientContext })
