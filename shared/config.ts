import * as z from 'zod'
import { isAllowListEntry } from './delivery/publicAddress.js'

/** Half of the functionTimeout of host.json. */
const MAX_NOTIFICATION_TIMEOUT_MS = 60_000

/** A day: what is waited for any longer is not waited for, but given up. */
const MAX_RETRY_WAIT_SECONDS = 86_400

const VAULT_KEY_FORM = 'https://{vault}.vault.azure.net/keys/{name}'
/** Azure Key Vault, About keys, secrets and certificates: names of vaults and of what is in them. */
const VAULT_KEY = /^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/keys\/[a-z0-9-]{1,127}$/i

const flag = (fallback: boolean) => z.stringbool().default(fallback).describe(`true or false; default ${fallback}`)
const milliseconds = (fallback: number) => z.coerce.number().int().nonnegative().default(fallback)
const words = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean),
  )
const list = words.transform((all) => all.map((one) => one.toLowerCase()))

/** http only where nobody can listen in. */
function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1')
  return isSafe && !url.search && !url.hash && !url.username
}

/** Every setting, with its default and its meaning. Environment variables on a laptop, app settings on Azure. */
const settings = z.object({
  /** Connection string of the storage that holds calls and hints. Also the connection of the queue triggers. */
  CALLS_STORAGE: z.string().min(1).default('UseDevelopmentStorage=true'),
  /**
   * On Azure, in the place of CALLS_STORAGE: where its services are, which are then reached as the identity that the app runs
   * as. The queue triggers read them too, with CALLS_STORAGE__credential and CALLS_STORAGE__clientId beside them.
   */
  CALLS_STORAGE__tableServiceUri: z.url({ protocol: /^https$/ }).optional(),
  CALLS_STORAGE__queueServiceUri: z.url({ protocol: /^https$/ }).optional(),
  /** A laptop or a build pipeline: Ringback issues tokens to anybody, and callbacks may be http on loopback. */
  RINGBACK_LOCAL: flag(false),
  /**
   * Who else issues access tokens, exactly as `iss` has it, separated by commas. Entra ID:
   * https://login.microsoftonline.com/{tenant}/v2.0 or, for tokens of its first version, https://sts.windows.net/{tenant}/
   */
  TOKEN_ISSUERS: words.refine((all) => all.every(isIssuer), {
    error: 'must be https addresses without query, separated by commas',
  }),
  /** To whom the tokens of TOKEN_ISSUERS must be made out: one of these, separated by commas. */
  TOKEN_AUDIENCES: words,
  /** How many requests one application may make in 10 seconds, on all hosts together; 0 for as many as it likes. */
  REQUESTS_PER_10_SECONDS: z.coerce.number().int().nonnegative().default(3_000),
  /** Azure sets it: where traces and metrics go. Without it there are none. */
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
  /** The address under which clients reach the service. Without it: the request's own locally, the site's on Azure. */
  PUBLIC_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Azure's name for the site. */
  WEBSITE_HOSTNAME: z.string().optional(),
  /** Where the keys of the local issuer and, without NOTIFICATION_KEY, of the notification tokens are kept. */
  KEYS_DIRECTORY: z.string().default('.ringback/keys'),
  /** Hosts and ranges (CIDR) that callbacks may be at beside public addresses; locally also by http; separated by commas. */
  CALLBACK_ALLOW_LIST: list.superRefine((entries, context) => {
    const wrong = entries.filter((entry) => !isAllowListEntry(entry))
    if (wrong.length > 0) context.addIssue(`must be hosts and ranges such as 10.0.0.0/8, and not: ${wrong.join(', ')}`)
  }),

  /** false: nobody is simulated, and the simulator's addresses are 404. */
  SIMULATOR: flag(true),
  /** What simulated people do by themselves: answer, or wait to be moved. Default: answer locally, wait on Azure. */
  SIMULATOR_DEFAULT: z.enum(['answer', 'wait']).optional(),
  SIMULATOR_ANSWER_AFTER_MS: milliseconds(200),

  /** How long a bot has for an incoming call (Graph: 15 s). A bot under a debugger wants more. */
  ANSWER_WITHIN_MS: milliseconds(15_000),
  /** How long people ring. Under the 30 s for which the .NET SDK waits for an invitation. */
  RING_FOR_MS: milliseconds(25_000),
  /** How long a prompt plays, whatever its length. */
  PROMPT_PLAYS_FOR_MS: milliseconds(500),
  /** How long an established call lives on without keepAlive (Graph: 45 min). */
  KEEP_ALIVE_WITHIN_MS: milliseconds(45 * 60_000),

  /** The key in a vault that signs the tokens on notifications, without a version. Without it: one in a file. */
  NOTIFICATION_KEY: z.string().regex(VAULT_KEY, `must be ${VAULT_KEY_FORM}, without a version`).optional(),
  /** `iss` of the tokens on notifications; the default is what bots already accept. */
  NOTIFICATION_ISSUER: z.string().default('https://api.botframework.com'),
  /** How long one POST to a callback may take. Must be shorter than the lease. */
  NOTIFICATION_TIMEOUT_MS: milliseconds(10_000),
  /** The waits between attempts at a notification, in seconds, separated by commas; the last one repeats. */
  RETRY_WAITS_SECONDS: z
    .string()
    .default('1,2,4,8,15,30,60,120,300')
    .transform((text) => text.split(',').map((one) => Number(one.trim() || Number.NaN)))
    .refine((waits) => waits.every((one) => one > 0 && one <= MAX_RETRY_WAIT_SECONDS), {
      error: `must be numbers over 0 and up to ${MAX_RETRY_WAIT_SECONDS}, separated by commas`,
    }),
  /** By which part of it a wait is made shorter or longer by chance. */
  RETRY_JITTER: z.coerce.number().min(0).max(1).default(0.2),
  /** However long a callback asks to be left alone with Retry-After. */
  MAX_RETRY_AFTER_MS: milliseconds(300_000),
  /** To how many calls of one callback host a process delivers at a time: those of a host that hangs. */
  CALLS_PER_CALLBACK_HOST: z.coerce.number().int().min(1).default(64),
  /** How old a notification may get before the rest of its call is dead-lettered. */
  NOTIFICATION_MAX_AGE_MS: milliseconds(3_600_000),

  /** For how long a delivery belongs to the host that took it. */
  LEASE_MS: milliseconds(30_000),
  /** By how much the clocks of two hosts may differ. */
  CLOCK_SKEW_MS: milliseconds(5_000),
  /** How soon after a command somebody looks whether its hints have arrived. */
  WATCH_AFTER_MS: milliseconds(10_000),
  /** How long an ended call can still be looked at, and what was dead-lettered begin anew. */
  RETENTION_MS: milliseconds(24 * 3_600_000),
  /** When the sweep runs, as NCrontab. A frequent schedule keeps a Flex Consumption instance awake. */
  SWEEP_SCHEDULE: z.string().default('*/10 * * * * *'),
})

export type Settings = z.infer<typeof settings>

/** A setting that does not make sense; the message names it. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ConfigError'
  }
}

/** @throws ConfigError */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const result = settings.safeParse(given)
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`Ringback can't start with these settings. ${problems.join('; ')}`)
  }
  if (!result.data.CALLS_STORAGE__tableServiceUri !== !result.data.CALLS_STORAGE__queueServiceUri) {
    throw new ConfigError('CALLS_STORAGE__tableServiceUri and CALLS_STORAGE__queueServiceUri must be set together.')
  }
  if (result.data.TOKEN_ISSUERS.length > 0 && result.data.TOKEN_AUDIENCES.length === 0) {
    throw new ConfigError('TOKEN_AUDIENCES must be set where TOKEN_ISSUERS is: to whom their tokens are made out.')
  }
  if (result.data.NOTIFICATION_TIMEOUT_MS >= result.data.LEASE_MS) {
    throw new ConfigError('NOTIFICATION_TIMEOUT_MS must be shorter than LEASE_MS.')
  }
  if (result.data.NOTIFICATION_TIMEOUT_MS > MAX_NOTIFICATION_TIMEOUT_MS) {
    throw new ConfigError(`NOTIFICATION_TIMEOUT_MS must not be over ${MAX_NOTIFICATION_TIMEOUT_MS}.`)
  }
  const { RINGBACK_LOCAL, WEBSITE_HOSTNAME, NOTIFICATION_KEY } = result.data
  if (!RINGBACK_LOCAL && WEBSITE_HOSTNAME && !NOTIFICATION_KEY) {
    const why = 'Each instance would have a key of its own in a file, and bots would refuse tokens at random.'
    throw new ConfigError(`NOTIFICATION_KEY must be set on Azure, to ${VAULT_KEY_FORM}. ${why}`)
  }
  return result.data
}
