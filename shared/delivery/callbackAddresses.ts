import { lookup as resolveName } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from '../config.js'
import { invalidRequest } from '../graph/errors.js'
import { AllowList, isLoopback, isPublic, parseAddress } from './publicAddress.js'

/** Longer than any address a callback needs. */
const MAX_LENGTH = 2048
/** A resolver that takes longer than this is not waited for when an address is given: each connection asks again. */
const RESOLVE_TIMEOUT_MS = 2_000

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>
export const resolve: Resolve = (name) => resolveName(name, { all: true })

type Policy = Pick<Settings, 'RINGBACK_LOCAL' | 'CALLBACK_ALLOW_LIST'>

/**
 * Where notifications may be sent, which strangers decide: to public addresses by https. Beside that to what
 * CALLBACK_ALLOW_LIST has; and locally to this machine, and by http to both.
 */
export class CallbackAddresses {
  readonly #isLocal: boolean
  readonly #allowed: AllowList
  readonly #resolve: Resolve

  constructor({ RINGBACK_LOCAL, CALLBACK_ALLOW_LIST }: Policy, resolve: Resolve) {
    this.#isLocal = RINGBACK_LOCAL
    this.#allowed = new AllowList(CALLBACK_ALLOW_LIST)
    this.#resolve = resolve
  }

  /**
   * Checks an address when it is given. A name that leads nowhere is let pass: whatever it leads to is checked again when
   * something is sent there, and a container may not have started yet.
   *
   * @param property the name of the property that gave the address
   * @throws GraphError 400
   */
  async check(address: string, property: string): Promise<void> {
    const problem = this.problemOf(address) ?? (await this.#problemOfName(hostOf(address)))
    if (problem) throw invalidRequest(`${property}: ${problem}`)
  }

  /** What is wrong with an address as it is written, without asking what its name leads to. */
  problemOf(address: string): string | undefined {
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (!url || address.length > MAX_LENGTH) return 'is not an absolute address.'
    if (url.username || url.password) return 'must not hold credentials.'
    const host = hostOf(address)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#mayBeHttp(host))) {
      return this.#isLocal
        ? 'must be https, or http to this machine or to a host of CALLBACK_ALLOW_LIST.'
        : 'must be an https address.'
    }
    return parseAddress(host) && this.#problemOfTarget(host, host)
  }

  /** Resolves a name for a connection, which is then made to what was checked. */
  readonly lookup: LookupFunction = (name, options, done) => {
    this.#resolve(name).then(
      (found) => {
        const problem = this.#problemOfAll(name, found)
        const [first] = found
        if (problem || !first) done(new Error(problem ?? `${name} leads nowhere`), '')
        else if (options.all) done(null, [...found])
        else done(null, first.address, first.family)
      },
      (error) => done(error, ''),
    )
  }

  async #problemOfName(host: string): Promise<string | undefined> {
    if (parseAddress(host)) return undefined
    const found = await Promise.race([
      this.#resolve(host).catch(() => []),
      sleep(RESOLVE_TIMEOUT_MS, [], { ref: false }),
    ])
    return this.#problemOfAll(host, found)
  }

  #problemOfAll(host: string, found: readonly { readonly address: string }[]): string | undefined {
    return found.map(({ address }) => this.#problemOfTarget(host, address)).find((problem) => problem !== undefined)
  }

  #problemOfTarget(host: string, target: string): string | undefined {
    const address = parseAddress(target)
    const isAllowed =
      this.#allowed.hasHost(normalised(host)) ||
      (address && (isPublic(address) || this.#allowed.hasAddress(address) || (this.#isLocal && isLoopback(address))))
    return isAllowed
      ? undefined
      : `leads to ${target}, which is not a public address. CALLBACK_ALLOW_LIST permits others.`
  }

  #mayBeHttp(host: string): boolean {
    if (!this.#isLocal) return false
    const address = parseAddress(host)
    if (address) return isLoopback(address) || this.#allowed.hasAddress(address)
    return normalised(host) === 'localhost' || this.#allowed.hasHost(normalised(host))
  }
}

/** As a name is looked up and listed; a URL has it in lower case already. */
const hostOf = (address: string): string => new URL(address).hostname
/** `localhost.` is `localhost`. */
const normalised = (host: string): string => host.toLowerCase().replace(/\.$/, '')
