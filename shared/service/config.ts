import * as z from 'zod'
import { type CallbackRewrite, CallbackUrlPolicy } from '../delivery/callbackUrlPolicy.js'
import { isAllowListEntry } from '../delivery/publicIp.js'
import { DEAD_LETTER_ACTIONS } from '../graph/deliveries.js'
import { DEFAULT_REACTIONS } from '../simulator/people.js'
import { suggestName } from './spelling.js'

/** Half of the functionTimeout of host.json. */
const MAX_NOTIFICATION_TIMEOUT_MS = 60_000

/** The longest delay between two attempts: a day, far beyond the default NOTIFICATION_MAX_AGE_MS of an hour. */
const MAX_RETRY_WAIT_SECONDS = 86_400

const VAULT_KEY_FORM = 'https://{vault}.vault.azure.net/keys/{name}'
/** Names of vaults and keys: Azure Key Vault, About keys, secrets and certificates. */
const VAULT_KEY = /^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/keys\/[a-z0-9-]{1,127}$/i

const flag = (fallback: boolean) => z.stringbool({ error: 'must be true or false' }).default(fallback)

function wholeNumber(error: string, minimum = 0) {
  return z.coerce.number({ error }).int({ error }).min(minimum, { error })
}

const FRACTION_FORM = { error: 'must be a number from 0 to 1' }
const fraction = z.coerce.number(FRACTION_FORM).min(0, FRACTION_FORM).max(1, FRACTION_FORM)

const milliseconds = (fallback: number) =>
  wholeNumber('must be a whole number of milliseconds, 0 or more').default(fallback)

const httpUrl = (protocol: RegExp, error: string) => z.url({ protocol, error }).optional()

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
const lowerCaseList = list.transform((entries) => entries.map((entry) => entry.toLowerCase()))

/**
 * An issuer must use https, because its keys decide which tokens are accepted. Loopback is exempt: it cannot be
 * intercepted.
 */
function isIssuer(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1')
  return isSafe && !url.search && !url.hash && !url.username
}

/** Returns an http or https URL as its origin, or undefined when it has more than an origin. */
function toOrigin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/` ? url.origin : undefined
}

/** Parses `https://bot.example.com=http://localhost:3978`, or returns undefined for another form. */
function parseRewrite(entry: string): CallbackRewrite | undefined {
  const [from, to, ...others] = entry.split('=').map(toOrigin)
  return from && to && others.length === 0 ? { from, to } : undefined
}

const httpsUrls = list.refine((urls) => urls.every((url) => /^https:/.test(url) && URL.canParse(url)), {
  error: 'must be https URLs, separated by commas',
})

const CONNECTION_STRING_FORM =
  'is not a connection string of Azure Storage. ' +
  'It must be UseDevelopmentStorage=true, or contain AccountName and AccountKey, or SharedAccessSignature'

/**
 * Checks only the form: `name=value` pairs, separated by `;` (Azure Storage, Configure connection strings). The SDK
 * reports a missing part, but fails with a TypeError on text of another form.
 */
function isConnectionString(text: string): boolean {
  const pairs = text.split(';').filter((pair) => pair.trim() !== '')
  const endpoints = pairs.filter((pair) => /^\s*\w+Endpoint=/i.test(pair)).map((pair) => pair.replace(/^.*?=/, ''))
  return (
    pairs.every((pair) => /^\s*\w+=/.test(pair)) &&
    endpoints.every((url) => URL.canParse(url)) &&
    /UseDevelopmentStorage=true|AccountKey=|SharedAccessSignature=/i.test(text)
  )
}

// Settings are environment variables locally and app settings on Azure.

/** The settings that users set. docs/configuration.md documents every one of them. */
const userSettings = z.object({
  /** Connection string of the storage that holds calls and wake-ups. Also the connection of the queue triggers. */
  CALLS_STORAGE: z.string().refine(isConnectionString, CONNECTION_STRING_FORM).default('UseDevelopmentStorage=true'),
  /**
   * On Azure, instead of CALLS_STORAGE: the addresses of its services, accessed by the identity of the app. The queue
   * triggers read them too, together with CALLS_STORAGE__credential and CALLS_STORAGE__clientId.
   */
  CALLS_STORAGE__blobServiceUri: httpUrl(/^https$/, 'must be an https URL'),
  CALLS_STORAGE__tableServiceUri: httpUrl(/^https$/, 'must be an https URL'),
  CALLS_STORAGE__queueServiceUri: httpUrl(/^https$/, 'must be an https URL'),
  /**
   * Connection strings of more storage accounts, to which calls are distributed. The list and its order must not change.
   * The queues are in CALLS_STORAGE.
   */
  MORE_CALLS_STORAGE: list.refine((texts) => texts.every(isConnectionString), CONNECTION_STRING_FORM),
  /** On Azure, instead of MORE_CALLS_STORAGE: the addresses of their services. */
  MORE_CALLS_STORAGE__blobServiceUri: httpsUrls,
  MORE_CALLS_STORAGE__tableServiceUri: httpsUrls,
  /** For a laptop or a build pipeline: tokens are issued to every client, and callbacks may use http on loopback. */
  RINGBACK_LOCAL: flag(false),
  /**
   * The trusted issuers of access tokens, exactly as in `iss`, separated by commas. Entra ID:
   * https://login.microsoftonline.com/{tenant}/v2.0 or, for tokens of version 1, https://sts.windows.net/{tenant}/
   */
  TOKEN_ISSUERS: list.refine((issuers) => issuers.every(isIssuer), {
    error: 'must be https addresses without query, separated by commas',
  }),
  /** The accepted audiences (`aud`) of the tokens of TOKEN_ISSUERS, separated by commas. */
  TOKEN_AUDIENCES: list,
  /** How many requests one application may send in 10 seconds, to all hosts together; 0 for no limit. */
  REQUESTS_PER_10_SECONDS: wholeNumber('must be a whole number, 0 or more').default(3_000),
  /** The target of traces and metrics; none are sent without it. Application Insights on Azure sets it. */
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
  /**
   * The address under which clients reach the service. Default: locally that of the request, on Azure that of the site.
   */
  PUBLIC_BASE_URL: httpUrl(/^https?$/, 'must be an http or https URL'),
  /** The folder of the keys of the local issuer and, without NOTIFICATION_KEY, of the notification tokens. */
  KEYS_DIRECTORY: z.string().default('.ringback/keys'),
  /**
   * Hosts and ranges (CIDR) that callbacks may use besides public addresses, separated by commas. Locally they may also
   * use http.
   */
  CALLBACK_ALLOW_LIST: lowerCaseList.superRefine((entries, context) => {
    const wrong = entries.filter((entry) => !isAllowListEntry(entry))
    if (wrong.length > 0) context.addIssue(`must be hosts and ranges such as 10.0.0.0/8, and not: ${wrong.join(', ')}`)
  }),

  /** Locally only: pairs of an origin in callbacks and the origin to send to instead, separated by commas. */
  CALLBACK_REWRITE: list.transform((entries, context) => {
    const rewrites = entries.flatMap((entry) => parseRewrite(entry) ?? [])
    if (rewrites.length < entries.length) {
      const form = 'https://bot.example.com=http://localhost:3978'
      context.addIssue(`must be pairs of origins such as ${form}, separated by commas`)
    }
    if (new Set(rewrites.map(({ from }) => from)).size < rewrites.length) {
      context.addIssue('must name each origin on the left once')
    }
    return rewrites
  }),

  /**
   * Whether the inspector is served (`/inspector`). Default: locally true, otherwise false. Elsewhere it needs an
   * operator's token, and shows only what is stored.
   */
  INSPECTOR: z.stringbool({ error: 'must be true or false' }).optional(),
  /**
   * Whether faults can be injected into the messages of a bot (`/simulator/faults`). Default: locally true, otherwise
   * false, because a fault disturbs the calls of real bots. Faults are in the memory of one process.
   */
  FAULTS: z.stringbool({ error: 'must be true or false' }).optional(),
  /** false: no people are simulated, and the endpoints of people and meetings are 404. */
  SIMULATOR: flag(true),
  /**
   * What simulated people do when they ring: answer, or wait for a simulator request. Default: locally answer, on Azure
   * wait.
   */
  SIMULATOR_DEFAULT: z.enum(DEFAULT_REACTIONS, { error: `must be ${DEFAULT_REACTIONS.join(' or ')}` }).optional(),
  /** Whether a called application that is not registered is simulated, as a person is; otherwise it is unreachable. */
  SIMULATE_APPLICATIONS: flag(false),
  /** How long a simulated person rings before answering. */
  SIMULATOR_ANSWER_AFTER_MS: milliseconds(200),

  /** How long a bot may leave an incoming call unanswered (Graph: 15 s). Raise it to debug a bot. */
  ANSWER_TIMEOUT_MS: milliseconds(15_000),
  /** How long people ring. Less than 30 s, which is how long the .NET SDK waits for an invitation. */
  RING_TIMEOUT_MS: milliseconds(25_000),
  /**
   * Whether prompts are fetched, so that each plays for the length of its file. Default: locally false, so that tests
   * are quick, otherwise true.
   */
  FETCH_PROMPTS: z.stringbool({ error: 'must be true or false' }).optional(),
  /** How long prompts of unknown length (not fetched, or not WAV) play: all those of a request together. */
  PROMPT_DURATION_MS: milliseconds(500),
  /** How long an established call lives without keepAlive (Graph: 45 min). */
  KEEP_ALIVE_TIMEOUT_MS: milliseconds(45 * 60_000),

  /** The vault key that signs the tokens on notifications, without a version. Default: a key in a file. */
  NOTIFICATION_KEY: z.string().regex(VAULT_KEY, `must be ${VAULT_KEY_FORM}, without a version`).optional(),
  /** `iss` of the tokens on notifications. The default is the issuer that bots already accept. */
  NOTIFICATION_ISSUER: z.string().default('https://api.botframework.com'),
  /** How long one POST to a callback may take. Must be shorter than the lease. */
  NOTIFICATION_TIMEOUT_MS: milliseconds(10_000),
  /** The delays between the attempts of a notification in seconds, separated by commas; the last one repeats. */
  RETRY_SCHEDULE_SECONDS: z
    .string()
    .default('1,2,4,8,15,30,60,120,300')
    .transform((text) => text.split(',').map((delay) => Number(delay.trim() || Number.NaN)))
    .refine((delays) => delays.every((delay) => delay > 0 && delay <= MAX_RETRY_WAIT_SECONDS), {
      error: `must be numbers over 0 and up to ${MAX_RETRY_WAIT_SECONDS}, separated by commas`,
    }),
  /** The longest Retry-After of a callback that is respected. */
  MAX_RETRY_AFTER_MS: milliseconds(300_000),
  /** How many calls of one application a process delivers at a time, which limits what hanging endpoints can occupy. */
  CALLS_PER_APPLICATION: wholeNumber('must be a whole number, 1 or more', 1).default(64),
  /** The same for one callback host, over all its ports. The default leaves room for two applications on localhost. */
  CALLS_PER_CALLBACK_HOST: wholeNumber('must be a whole number, 1 or more', 1).default(128),
  /** The age at which a notification is dead-lettered. */
  NOTIFICATION_MAX_AGE_MS: milliseconds(3_600_000),
  /** After how many attempts a notification is dead-lettered; 0 for no limit. A registration may override this. */
  NOTIFICATION_MAX_ATTEMPTS: wholeNumber('must be a whole number, 0 or more').default(0),
  /**
   * What happens to the rest of a call when a notification is dead-lettered: the rest is dead-lettered too (pause), or
   * still delivered (skip). A registration may override this.
   */
  ON_DEAD_LETTER: z
    .enum(DEAD_LETTER_ACTIONS, { error: `must be ${DEAD_LETTER_ACTIONS.join(' or ')}` })
    .default('pause'),

  /** How long an ended call is kept, so that it can be inspected and its dead letters can be replayed. */
  RETENTION_MS: milliseconds(24 * 3_600_000),
  /** The schedule of the sweep (NCrontab). A frequent schedule keeps a Flex Consumption instance awake. */
  SWEEP_SCHEDULE: z.string().default('*/10 * * * * *'),
})

/** The settings that Azure sets and users do not. */
const platformSettings = z.object({
  /** The host name of the site. The Functions host on a laptop also sets one. */
  WEBSITE_HOSTNAME: z.string().optional(),
})

/** Internal settings. They are not documented, because no user should need them; tests and simulations set them. */
const tuning = z.object({
  /** Random jitter as a fraction of each retry delay (0.2 = +-20 %). */
  RETRY_JITTER: fraction.default(0.2),
  /** How long the lease of a delivery lasts. */
  LEASE_MS: milliseconds(30_000),
  /** How far the clocks of two hosts may differ. */
  CLOCK_SKEW_MS: milliseconds(5_000),
  /** How soon after a command the sweep checks that its wake-ups have arrived. */
  WATCHDOG_DELAY_MS: milliseconds(10_000),
})

const settingsSchema = z.object({ ...userSettings.shape, ...platformSettings.shape, ...tuning.shape })

export type Settings = z.infer<typeof settingsSchema>

export const isInspectorEnabled = ({ INSPECTOR, RINGBACK_LOCAL }: Settings): boolean => INSPECTOR ?? RINGBACK_LOCAL

/** What bots send is not recorded elsewhere, where a process is one of several. */
export const hasEventLog = (settings: Settings): boolean => settings.RINGBACK_LOCAL && isInspectorEnabled(settings)

export const hasFaults = ({ FAULTS, RINGBACK_LOCAL }: Settings): boolean => FAULTS ?? RINGBACK_LOCAL

/** Reactions of single people are in the memory of one process too. */
export const hasReactions = ({ SIMULATOR, RINGBACK_LOCAL }: Settings): boolean => SIMULATOR && RINGBACK_LOCAL

/** The names of the documented settings. */
export const userSettingNames: readonly string[] = Object.keys(userSettings.shape)

/** A setting is not valid. The message names it. */
export class ConfigError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConfigError'
  }
}

/**
 * Reads the settings. An empty setting counts as not set.
 *
 * @throws ConfigError that names every setting that is not valid
 */
export function readSettings(env: Record<string, string | undefined> = process.env): Settings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  assertSpelling(Object.keys(given))
  // A process reads its settings once: to compile the schema would take longer than to interpret it.
  const result = settingsSchema.safeParse(given, { jitless: true })
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new ConfigError(`Ringback can't start with these settings. ${problems.join('; ')}`)
  }
  assertConsistent(result.data)
  assertRewrites(result.data)
  return result.data
}

function assertSpelling(names: readonly string[]): void {
  const known = Object.keys(settingsSchema.shape)
  const mistakes = names.flatMap((name) => {
    const suggestion = suggestName(name, known)
    return suggestion === undefined ? [] : `${name} is not a setting; did you mean ${suggestion}?`
  })
  if (mistakes.length > 0) throw new ConfigError(mistakes.join(' '))
}

/** The addresses of the services of the storage, which belong together. */
const STORAGE_URIS = [
  'CALLS_STORAGE__blobServiceUri',
  'CALLS_STORAGE__tableServiceUri',
  'CALLS_STORAGE__queueServiceUri',
] as const

/** Checks the rules that span several settings. */
function assertConsistent(settings: Settings): void {
  const uris = STORAGE_URIS.filter((name) => settings[name])
  if (uris.length > 0 && uris.length < STORAGE_URIS.length) {
    throw new ConfigError(`${STORAGE_URIS.join(', ')} must be set together.`)
  }
  if (settings.MORE_CALLS_STORAGE__blobServiceUri.length !== settings.MORE_CALLS_STORAGE__tableServiceUri.length) {
    throw new ConfigError(
      'MORE_CALLS_STORAGE__blobServiceUri and MORE_CALLS_STORAGE__tableServiceUri must list the same accounts.',
    )
  }
  if (settings.MORE_CALLS_STORAGE.length > 0 && settings.MORE_CALLS_STORAGE__tableServiceUri.length > 0) {
    throw new ConfigError('MORE_CALLS_STORAGE and MORE_CALLS_STORAGE__tableServiceUri must not both be set.')
  }
  const accounts = [
    settings.CALLS_STORAGE,
    ...settings.MORE_CALLS_STORAGE,
    settings.CALLS_STORAGE__tableServiceUri,
    ...settings.MORE_CALLS_STORAGE__tableServiceUri,
  ]
  if (new Set(accounts).size < accounts.length) {
    throw new ConfigError('MORE_CALLS_STORAGE must name other accounts than CALLS_STORAGE, and each of them once.')
  }
  if (settings.TOKEN_ISSUERS.length > 0 && settings.TOKEN_AUDIENCES.length === 0) {
    throw new ConfigError(
      'TOKEN_AUDIENCES must be set where TOKEN_ISSUERS is: it lists the accepted audiences (aud) of their tokens.',
    )
  }
  if (settings.NOTIFICATION_TIMEOUT_MS >= settings.LEASE_MS) {
    throw new ConfigError(`NOTIFICATION_TIMEOUT_MS must be shorter than LEASE_MS (${settings.LEASE_MS}).`)
  }
  if (settings.NOTIFICATION_TIMEOUT_MS > MAX_NOTIFICATION_TIMEOUT_MS) {
    throw new ConfigError(`NOTIFICATION_TIMEOUT_MS must not be over ${MAX_NOTIFICATION_TIMEOUT_MS}.`)
  }
  if (!settings.RINGBACK_LOCAL && settings.WEBSITE_HOSTNAME && !settings.NOTIFICATION_KEY) {
    const reason = 'Without it, each instance signs with its own key from a file, and bots refuse tokens at random.'
    throw new ConfigError(`NOTIFICATION_KEY must be set on Azure, to ${VAULT_KEY_FORM}. ${reason}`)
  }
}

/** Checks the targets of CALLBACK_REWRITE against the callback URL policy. */
function assertRewrites(settings: Settings): void {
  const { CALLBACK_REWRITE: rewrites, RINGBACK_LOCAL } = settings
  if (rewrites.length > 0 && !RINGBACK_LOCAL) {
    throw new ConfigError('CALLBACK_REWRITE needs RINGBACK_LOCAL, because it redirects notifications of all bots.')
  }
  const policy = new CallbackUrlPolicy({ ...settings, CALLBACK_REWRITE: [] }, async () => [])
  for (const { to } of rewrites) {
    const problem = policy.findProblem(to)
    if (problem) throw new ConfigError(`CALLBACK_REWRITE: ${to} ${problem}`)
  }
}
