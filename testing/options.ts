import { userSettingNames } from '../shared/service/config.js'
import { suggestName } from '../shared/service/spelling.js'
import type { BotOptions, RingbackOptions } from './types.js'

const OPTIONS = ['listen', 'port', 'settings']
const MAX_PORT = 65_535
/** In a test, people do only what the test says. */
const DEFAULTS = { SIMULATOR_DEFAULT: 'wait' }
/** What the kit relies on, or decides itself. */
const FIXED = ['RINGBACK_LOCAL', 'INSPECTOR', 'SIMULATOR', 'PUBLIC_BASE_URL', 'TOKEN_ISSUERS', 'KEYS_DIRECTORY']
/** Internal settings that tests of retries need. */
const TUNING = ['RETRY_JITTER', 'LEASE_MS', 'CLOCK_SKEW_MS', 'WATCHDOG_DELAY_MS']

/**
 * Returns the settings of a service as environment variables.
 *
 * @throws TypeError that names the wrong option
 */
export function checkOptions(options: RingbackOptions): Readonly<Record<string, string>> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('startRingback: expects an object of options.')
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw new TypeError(`startRingback: there is no option ${unknown}; use ${OPTIONS.join(', ')}.`)
  const { listen = true, port = 0, settings = {} } = options
  if (typeof listen !== 'boolean') throw new TypeError('startRingback: listen must be true or false.')
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new TypeError(`startRingback: port must be a whole number from 0 to ${MAX_PORT}.`)
  }
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  for (const [name] of given) checkSetting(name)
  return { ...DEFAULTS, ...Object.fromEntries(given.map(([name, value]) => [name, String(value)])) }
}

/** A misspelled name is left to the service, which suggests another one. */
function checkSetting(name: string): void {
  const isOfStorage = name.includes('STORAGE') || name.startsWith('NOTIFICATION_KEY')
  if (FIXED.includes(name) || isOfStorage) {
    throw new TypeError(`startRingback: settings.${name} cannot be set in a test.`)
  }
  const known = [...userSettingNames, ...TUNING]
  if (known.includes(name) || suggestName(name, known) !== undefined) return
  throw new TypeError(`startRingback: there is no setting ${name}.`)
}

/** @throws TypeError that names the wrong option */
export function checkBotOptions({ callback, dialect = 'communications' }: BotOptions): void {
  const isUrl = typeof callback === 'string' && URL.canParse(callback)
  if (callback !== undefined && typeof callback !== 'function' && !isUrl) {
    throw new TypeError('bot: callback must be a function or the URL of a bot.')
  }
  if (!['communications', 'app'].includes(dialect)) {
    throw new TypeError(`bot: dialect must be communications or app, not ${dialect}.`)
  }
}
