import type { DoctorCheck } from '../inspection/views.js'
import type { Certificate } from './certificate.js'
import type { CallbackResponse } from './send.js'

// PURE: says in words what an answer of a callback means, or why there is none, and what to change.

/** A callback that takes longer is close to the timeout of deliveries when the bot is busy. */
const SLOW_MS = 2_000
/** Where the keys of the tokens on notifications are. */
const KEYS = 'the keys of /v1/.well-known/OpenIdConfiguration of this service'

export type Diagnosis = Omit<DoctorCheck, 'name'>

/** The answer to a test notification, or why there is none. */
export type CallbackAnswer =
  | (Pick<CallbackResponse, 'status' | 'location' | 'contentType'> & {
      readonly durationMs: number
      /** The body; absent when it could not be read. */
      readonly text?: string | undefined
      /** For a 404: where on the same host a notification is answered otherwise, and with which status. */
      readonly otherPath?: { readonly path: string; readonly status: number } | undefined
    })
  | {
      readonly error: unknown
      /** The certificate that was refused. */
      readonly certificate?: Certificate | undefined
    }

export interface CheckedCallback {
  /** The registered URL. */
  readonly url: string
  /** The URL that is contacted, after CALLBACK_REWRITE. */
  readonly contactedUrl: string
  readonly applicationId: string
  /** False when the id was made up for the test, because the bot is not registered. */
  readonly isAudienceKnown: boolean
  /** The issuer of the tokens. */
  readonly issuer: string
  readonly timeoutMs: number
}

interface Problem {
  readonly finding: string
  readonly advice: string
}

const failed = ({ finding, advice }: Problem): Diagnosis => ({ result: 'failed', finding, advice })
const warning = ({ finding, advice }: Problem): Diagnosis => ({ result: 'warning', finding, advice })
const isSuccess = (status: number) => status >= 200 && status < 300
const isRefusal = (status: number) => status === 401 || status === 403
/** What answers a notification to a wrong path: nothing, or something that serves other requests there. */
export const isAbsent = (status: number) =>
  status === 404 || status === 405 || (status >= 300 && status < 400) || status >= 500
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
const formatSeconds = (milliseconds: number) => `${Number((milliseconds / 1000).toFixed(1))} s`

/** @param error what the callback URL policy says about `callingWebhook` */
export function diagnoseRefusedUrl(error: unknown): Diagnosis {
  const finding = `The callback URL policy refuses the URL. ${messageOf(error)}`
  const advice = finding.includes('CALLBACK_ALLOW_LIST')
    ? 'Add the host to the setting CALLBACK_ALLOW_LIST, or register the bot with another callingWebhook.'
    : 'Register the bot with another callingWebhook.'
  return failed({ finding, advice })
}

/** @param error why no token was issued */
export const diagnoseUnsignedToken = (error: unknown): Diagnosis =>
  failed({
    finding: `The service could not sign the token of a notification: ${messageOf(error)}`,
    advice: 'Check the settings KEYS_DIRECTORY and NOTIFICATION_KEY of the service.',
  })

/** Says what the answer to a correct notification means. */
export function diagnoseAnswer(answer: CallbackAnswer, callback: CheckedCallback): Diagnosis {
  if ('error' in answer) return failed(explainFailure(answer, callback))
  const { status, location } = answer
  if (isSuccess(status)) return diagnoseSuccess(answer)
  if (status >= 300 && status < 400 && location && URL.canParse(location, callback.url)) {
    return diagnoseRedirect(status, new URL(location, callback.url).href)
  }
  const { meaning, advice } = status === 404 ? explainNotFound(answer, callback) : explainStatus(status, callback)
  const problem = { finding: `The callback answered ${status}: ${meaning}.`, advice }
  // The bot may refuse only the empty list of this test, or only the application id of this test.
  const isDoubtful = status === 400 || (isRefusal(status) && !callback.isAudienceKnown)
  return isDoubtful ? warning(problem) : failed(problem)
}

/** Says what the answer to a notification means whose token has a broken signature. */
export function diagnoseBrokenToken(answer: CallbackAnswer, { issuer, applicationId }: CheckedCallback): Diagnosis {
  const status = 'error' in answer ? undefined : answer.status
  if (status !== undefined && isRefusal(status)) {
    return { result: 'ok', finding: `The bot answers ${status} to a token with a broken signature.` }
  }
  if (status !== undefined && isSuccess(status)) {
    return warning({
      finding: `The bot does not verify tokens: it answered ${status} to one with a broken signature.`,
      advice: `Verify the signature with ${KEYS}, the issuer ${issuer} and the audience ${applicationId}.`,
    })
  }
  const answered = status === undefined ? 'did not answer' : `answered ${status}`
  return warning({
    finding: `Whether the bot verifies tokens is not known: it ${answered} to one with a broken signature.`,
    advice: 'Answer 401 to a token that is not valid.',
  })
}

type Response = Exclude<CallbackAnswer, { readonly error: unknown }>

function diagnoseSuccess({ status, durationMs, contentType = '', text = '' }: Response): Diagnosis {
  const bodyProblem = findBodyProblem(contentType, text)
  if (bodyProblem) {
    return warning({
      finding: `The callback answered ${status} with ${bodyProblem}.`,
      advice: 'Check that the path of callingWebhook is that of the bot. A notification needs no body in its answer.',
    })
  }
  if (durationMs <= SLOW_MS) return { result: 'ok', finding: `The callback answered ${status} in ${durationMs} ms.` }
  return warning({
    finding: `The callback is slow: it answered ${status} after ${formatSeconds(durationMs)}.`,
    advice: 'Acknowledge a notification first, and work afterwards.',
  })
}

/** A plain text is harmless: frameworks add one, such as `Accepted`. */
function findBodyProblem(contentType: string, text: string): string | undefined {
  if (/html/i.test(contentType) || /^\s*<(?:!doctype|html)/i.test(text))
    return 'a web page: this is probably not the bot'
  const isJson = /[/+]json/i.test(contentType)
  return isJson && text.trim() !== '' && !isValidJson(text) ? 'a body that is not JSON, but says that it is' : undefined
}

function isValidJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function diagnoseRedirect(status: number, target: string): Diagnosis {
  const advice =
    `Set callingWebhook to ${target}. ` +
    'If that is a page to sign in, let the bot accept notifications without signing in.'
  if (status !== 302) {
    return failed({ finding: `The callback redirects to ${target} (${status}). No notification follows it.`, advice })
  }
  const finding = `The callback redirects to ${target} (302). Only notifications of incoming calls follow it.`
  return warning({ finding, advice: `If the redirect is a mistake: ${advice}` })
}

interface StatusMeaning {
  readonly meaning: string
  readonly advice: string
}

const STATUS_MEANINGS: Readonly<Record<number, StatusMeaning>> = {
  400: {
    meaning: 'the bot refuses the body, or only the empty list of this test',
    advice: 'Let the bot read JSON and accept an empty list. Check the dialect of its registration.',
  },
  405: {
    meaning: 'the path does not accept POST',
    advice: 'Let the bot accept POST at this path, or correct the path of callingWebhook.',
  },
  410: {
    meaning: 'after this status, the notifications of a call are dead-lettered at once',
    advice: 'Answer 410 only about a call of which the bot wants no more notifications.',
  },
  415: {
    meaning: 'the bot does not accept the type of the body',
    advice: 'Let the bot accept the Content-Type application/json; charset=utf-8.',
  },
}

function explainNotFound({ otherPath }: Response, { url, contactedUrl }: CheckedCallback): StatusMeaning {
  const nothing = `nothing is at the path ${new URL(contactedUrl).pathname}`
  if (!otherPath) {
    return { meaning: nothing, advice: 'Correct the path of callingWebhook, or the route of the bot.' }
  }
  const { path, status } = otherPath
  const meaning = `${nothing}, but ${path} answers ${status}`
  return { meaning, advice: `Set callingWebhook to ${new URL(path, url).href}.` }
}

function explainStatus(status: number, callback: CheckedCallback): StatusMeaning {
  const { applicationId, issuer, isAudienceKnown } = callback
  const known = STATUS_MEANINGS[status]
  if (known) return known
  if (isRefusal(status) && !isAudienceKnown) {
    return {
      meaning:
        'the bot refuses the token, perhaps only because its audience is an application id made up for this test',
      advice: 'Name the application id of the bot (--application), or register the bot.',
    }
  }
  if (isRefusal(status)) {
    return {
      meaning: 'the bot refuses the token',
      advice: `Let the bot accept the audience ${applicationId} and the issuer ${issuer}, and use ${KEYS}.`,
    }
  }
  if (status >= 502 && status <= 504) {
    return {
      meaning: 'a proxy or a tunnel probably cannot reach the bot',
      advice: 'Start the bot, and check the port to which the proxy or the tunnel leads.',
    }
  }
  if (status >= 500) {
    return {
      meaning: 'the bot failed',
      advice: 'Look at the log of the bot. The test notification has an empty list, which the bot must accept.',
    }
  }
  return { meaning: 'only 2xx acknowledges a notification', advice: 'Answer a notification with 2xx.' }
}

type FailedAnswer = Extract<CallbackAnswer, { readonly error: unknown }>

/** Says why there was no answer. */
function explainFailure({ error, certificate }: FailedAnswer, callback: CheckedCallback): Problem {
  if (error instanceof Error && error.name === 'TimeoutError') {
    return {
      finding: `The callback did not answer within ${formatSeconds(callback.timeoutMs)}.`,
      advice:
        'Acknowledge a notification first, and work afterwards. ' +
        'If the bot did not get the request, check the host, the port and the firewalls between.',
    }
  }
  const code = codeOf(error)
  return (
    explainNetworkFailure(code, callback) ??
    explainCertificateFailure({ error, certificate }, callback) ??
    explainProtocolFailure(code, error, callback) ?? {
      finding: `The callback could not be contacted: ${messageOf(error)}${code && ` (${code})`}.`,
      advice: 'Check the host and the port of callingWebhook, and the log of the bot.',
    }
  )
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException | undefined)?.code ?? '')

function explainNetworkFailure(code: string, { url, contactedUrl }: CheckedCallback): Problem | undefined {
  const { host, hostname } = new URL(contactedUrl)
  switch (code) {
    case 'ECONNREFUSED':
      return {
        finding: `Nothing listens at ${host}: the connection was refused (${code}).`,
        advice:
          'Start the bot, and check the host and the port of callingWebhook. ' +
          'In a container, localhost is the container itself.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        finding: `The name ${hostname} does not resolve (${code}).`,
        advice:
          'Correct the host of callingWebhook. If the bot runs on this machine, ' +
          `set CALLBACK_REWRITE=${new URL(url).origin}=http://localhost:3978 (its port).`,
      }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return {
        finding: `The host ${host} cannot be reached (${code}).`,
        advice: 'Check the host of callingWebhook, and the network and the firewalls between.',
      }
    default:
      return undefined
  }
}

/** What OpenSSL and Node.js say about a certificate whose authority is not trusted. */
const TRUST_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'is issued by an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'has a chain that ends before a trusted authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is issued by an authority that is not trusted, or its chain is incomplete',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is issued by an authority that is not trusted, or its chain is incomplete',
}

/** What they say about one that is not valid now. */
const VALIDITY_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
}

const WRONG_NAME = 'ERR_TLS_CERT_ALTNAME_INVALID'

/** Whether the certificate of the callback was refused. */
export function isCertificateProblem(error: unknown): boolean {
  const code = codeOf(error)
  return code in TRUST_PROBLEMS || code in VALIDITY_PROBLEMS || code === WRONG_NAME
}

function explainCertificateFailure(answer: FailedAnswer, { contactedUrl }: CheckedCallback): Problem | undefined {
  const { error, certificate } = answer
  const code = codeOf(error)
  const { host, hostname } = new URL(contactedUrl)
  const describe = (problem: string) =>
    `TLS: the certificate of ${host}${describeCertificate(certificate)} ${problem} (${code}).`
  const trustProblem = TRUST_PROBLEMS[code]
  if (trustProblem) {
    return {
      finding: describe(trustProblem),
      advice:
        'On this machine, let the bot use server.crt and server.key of .ringback/keys, or start the service with ' +
        'NODE_EXTRA_CA_CERTS; elsewhere, send the whole chain of a certificate of a public authority.',
    }
  }
  const validityProblem = VALIDITY_PROBLEMS[code]
  if (validityProblem) {
    return { finding: describe(validityProblem), advice: 'Renew the certificate, and check the clocks of both hosts.' }
  }
  if (code !== WRONG_NAME) return undefined
  const { cert } = error as { readonly cert?: { readonly subjectaltname?: string } }
  const validFor = cert?.subjectaltname === undefined ? '' : `, only for ${cert.subjectaltname}`
  return {
    finding: describe(`is not valid for ${hostname}${validFor}`),
    advice: 'Use one of these names in callingWebhook, or a certificate for this one.',
  }
}

function describeCertificate(certificate: Certificate | undefined): string {
  if (!certificate) return ''
  const { subject, issuer, validFrom, validTo } = certificate
  return ` (${subject}, issued by ${issuer}, valid from ${validFrom} to ${validTo})`
}

function explainProtocolFailure(code: string, error: unknown, { contactedUrl }: CheckedCallback): Problem | undefined {
  const { host, protocol } = new URL(contactedUrl)
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return {
      finding: `TLS: there is no secure connection to ${host} (${code}).`,
      advice: 'If the bot serves HTTP, not HTTPS, put a proxy or a tunnel with HTTPS before it, or correct the port.',
    }
  }
  const isClosed = code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET'
  const isOtherProtocol = error instanceof Error && error.name === 'HTTPParserError'
  if (!isClosed && !isOtherProtocol) return undefined
  return {
    finding: isClosed
      ? `${host} closed the connection without an answer (${code}).`
      : `${host} answered with something else than HTTP/1.1.`,
    advice:
      protocol === 'http:'
        ? 'Look at the log of the bot. If it serves HTTPS, callingWebhook must begin with https.'
        : 'Look at the log of the bot, and check the port of callingWebhook.',
  }
}
