import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// What all services of a test run have printed, looked through at its end: nothing secret must ever be among it.

const DIRECTORY = 'RINGBACK_TEST_LOGS'
/** A run of all tests has thousands, one of a single file those of a service that starts; without any nothing was looked at. */
const LEAST_LINES = 3

/** So much of a secret is shown, to find it by. */
const SHOWN = 8

/** What the bots of the tests sign in with. */
export const CLIENT_SECRET = 'this-is-the-secret-of-a-test'

const SECRETS: Readonly<Record<string, RegExp>> = {
  'a JSON Web Token': /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/,
  'an Authorization header': /\b(Bearer|Basic)\s+[\w.~+/-]{16,}/i,
  'the key of an account': /AccountKey=|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/i,
  'the secret of a client': new RegExp(CLIENT_SECRET),
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY|"(d|p|q|dp|dq|qi)"\s*:\s*"[\w-]{40,}"/,
  'a shared access signature': /[?&]sig=/i,
}

/** Makes the place where this run's logs go; the processes of the run inherit it. */
export function beginLogs(): void {
  process.env[DIRECTORY] = mkdtempSync(join(tmpdir(), 'ringback-logs-'))
}

/** Keeps what a service prints. */
export function keepLog(name: string, text: string): void {
  const directory = process.env[DIRECTORY]
  if (!directory) return
  mkdirSync(directory, { recursive: true })
  appendFileSync(join(directory, `${name}.log`), text)
}

/** What is found in a text that must not be in a log, each with its line, masked. */
export function secretsIn(text: string): string[] {
  return text.split('\n').flatMap((line) =>
    Object.entries(SECRETS)
      .filter(([, pattern]) => pattern.test(line))
      .map(([what, pattern]) => `${what}: ${line.slice(0, line.search(pattern) + SHOWN)}...`),
  )
}

/** @throws Error when something secret has been logged, or nothing has been logged at all */
export function endLogs(): void {
  const directory = process.env[DIRECTORY] ?? ''
  const texts = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8'))
  rmSync(directory, { recursive: true })
  const lines = texts.reduce((sum, text) => sum + text.split('\n').length, 0)
  const found = texts.flatMap(secretsIn)
  if (found.length > 0)
    throw new Error(`Something secret is in the logs of this run:\n${found.slice(0, 20).join('\n')}`)
  if (lines < LEAST_LINES) throw new Error(`The logs of this run have ${lines} lines: they were not looked through.`)
  console.log(`${lines} lines of ${texts.length} services: nothing secret in them`)
}
