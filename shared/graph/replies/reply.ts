import type * as z from 'zod'
import type { DialectName } from '../../calls/resources.js'

// The documented replies. The dialects write them; these schemas describe them, and tests compare the two.

/** The body of a reply: its schema, null when there is none, or the type of a body that is not JSON. */
export type ReplyBody = z.ZodType | null | { readonly file: string }

/** The bodies of the replies of an endpoint by their statuses, without the errors of Graph. */
export type Replies = Readonly<Record<number, ReplyBody>>

/** A resource in both dialects. */
export type SchemaPerDialect = Readonly<Record<DialectName, z.ZodType>>

/** The replies with a resource in the dialect of its call. */
export const replyWith = (status: number, { app, communications }: SchemaPerDialect) => ({
  app: { [status]: app },
  communications: { [status]: communications },
})
