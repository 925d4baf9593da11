import { context, metrics, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

// What is told of ourselves to whoever watches: traces and metrics, by OpenTelemetry's interface. Where nobody watches, all of
// this does nothing: shared/telemetryExport.ts, which gives it to Azure Monitor, is loaded only where it is configured.

const NAME = 'ringback'

/**
 * Runs something as a span of a trace. The host tells of requests and messages by itself, so what happens in here is not said
 * to be one.
 *
 * @param parent the W3C traceparent of what it belongs to; the span that is running if there is none
 * @param kind CLIENT for what is asked of somebody else
 */
export async function inSpan<T>(
  name: string,
  parent: string | undefined,
  run: () => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  const from = parent ? propagation.extract(ROOT_CONTEXT, { traceparent: parent }) : context.active()
  return trace.getTracer(NAME).startActiveSpan(name, { kind }, from, async (span) => {
    try {
      return await run()
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) })
      throw error
    } finally {
      span.end()
    }
  })
}

/** The W3C traceparent of the span that is running, to be carried along; undefined where nobody watches. */
export function traceparent(): string | undefined {
  const carrier: { traceparent?: string } = {}
  propagation.inject(context.active(), carrier)
  return carrier.traceparent
}

function newInstruments() {
  const meter = metrics.getMeter(NAME)
  return {
    /** Requests to the API, by endpoint and status. */
    commands: meter.createCounter('ringback.commands'),
    /** POSTs to callbacks, by what came of them. */
    attempts: meter.createCounter('ringback.notification.attempts'),
    deadLetters: meter.createCounter('ringback.notification.dead_letters'),
    /** At each sweep; of a histogram the largest is told, and what the next sweep finds does not take its place. */
    oldestPending: meter.createHistogram('ringback.notification.oldest_pending', { unit: 's' }),
  }
}
let instruments: ReturnType<typeof newInstruments> | undefined

/** What is counted and measured. */
export function measured(): ReturnType<typeof newInstruments> {
  instruments ??= newInstruments()
  return instruments
}

/** From here on somebody watches. */
export function telemetryStarted(): void {
  // Instruments know their provider from when they were made.
  instruments = undefined
}
