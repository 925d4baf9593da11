import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Collects what all services of a test run print, and fails the run when a secret is among it.

const DIRECTORY = 'RINGBACK_TEST_LOGS'
/** A service that only starts prints this many lines. Fewer mean that the logs were not collected. */
const MIN_LINES = 3

/** The characters of a secret that the error shows, so that a reader can find it. */
const SHOWN_CHARACTERS = 8

/** The client secret of the bots in tests. */
export const CLIENT_SECRET = 'this-is-the-secret-of-a-test'

const SECRETS: Readonly<Record<string, RegExp>> = {
  'a JSON Web Token': /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/,
  'an Authorization header': /\b(Bearer|Basic)\s+[\w.~+/-]{16,}/i,
  'an account key': /AccountKey=|Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/i,
  'a client secret': new RegExp(CLIENT_SECRET),
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY|"(d|p|q|dp|dq|qi)"\s*:\s*"[\w-]{40,}"/,
  'a shared access signature': /[?&]sig=/i,
}

/** Creates the directory for the logs of this run. The processes of the run inherit its path. */
export function startRunLogs(): void {
  process.env[DIRECTORY] = mkdtempSync(join(tmpdir(), 'ringback-logs-'))
}

/** Appends what a service prints to its log. */
export function appendRunLog(name: string, text: string): void {
  const directory = process.env[DIRECTORY]
  if (!directory) return
  mkdirSync(directory, { recursive: true })
  appendFileSync(logFileOf(name), text)
}

/** The file of the log of this name. */
export const logFileOf = (name: string): string => join(process.env[DIRECTORY] ?? '', `${name}.log`)

/** The secrets in a text, each with its kind and its line up to the first characters of the secret. */
export function findSecrets(text: string): string[] {
  return text.split('\n').flatMap((line) =>
    Object.entries(SECRETS)
      .filter(([, pattern]) => pattern.test(line))
      .map(([kind, pattern]) => `${kind}: ${line.slice(0, line.search(pattern) + SHOWN_CHARACTERS)}...`),
  )
}

/** @throws Error when a service has logged a secret, or when no logs were collected */
export function checkRunLogs(): void {
  const directory = process.env[DIRECTORY] ?? ''
  const texts = readdirSync(directory).map((file) => readFileSync(join(directory, file), 'utf8'))
  rmSync(directory, { recursive: true })
  const lines = texts.reduce((sum, text) => sum + text.split('\n').length, 0)
  const found = texts.flatMap(findSecrets)
  if (found.length > 0) throw new Error(`The logs of this run contain secrets:\n${found.slice(0, 20).join('\n')}`)
  if (lines < MIN_LINES) throw new Error(`The logs of this run have ${lines} lines: they were not collected.`)
  console.log(`${lines} log lines of ${texts.length} services contain no secrets`)
}
