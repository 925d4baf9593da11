import { context, metrics, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'

// Traces and metrics, through the OpenTelemetry API. Without an exporter all of this does nothing: telemetryExport.ts,
// which sends them to Azure Monitor, is loaded only where it is configured.

const NAME = 'ringback'

/**
 * Runs a function as a span of a trace. The Functions host already records request spans, so these are INTERNAL by
 * default.
 *
 * @param parent the W3C traceparent of the parent; without it, the active span is the parent
 * @param kind CLIENT for a request to another service
 */
export async function inSpan<T>(
  name: string,
  parent: string | undefined,
  run: () => Promise<T>,
  kind = SpanKind.INTERNAL,
): Promise<T> {
  const parentContext = parent ? propagation.extract(ROOT_CONTEXT, { traceparent: parent }) : context.active()
  return trace.getTracer(NAME).startActiveSpan(name, { kind }, parentContext, async (span) => {
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

/** Returns the W3C traceparent of the active span, to pass on; undefined without an exporter. */
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
    /** POSTs to callbacks, by outcome. */
    attempts: meter.createCounter('ringback.notification.attempts'),
    /** Calls whose pending notifications were dead-lettered. */
    deadLetters: meter.createCounter('ringback.notification.dead_letters'),
    /** Media qualities that a teleconference device reported, by media type. */
    deviceQuality: meter.createCounter('ringback.device_quality'),
    /**
     * Recorded by each sweep. A histogram exports the maximum; in a gauge the next sweep would overwrite the value.
     */
    oldestPending: meter.createHistogram('ringback.notification.oldest_pending', { unit: 's' }),
  }
}
let instruments: ReturnType<typeof newInstruments> | undefined

/** Returns the counters and histograms, created at the first use. */
export function telemetryInstruments(): ReturnType<typeof newInstruments> {
  instruments ??= newInstruments()
  return instruments
}

/** Must be called after a meter provider is set: instruments keep the provider that they were created with. */
export function resetInstruments(): void {
  instruments = undefined
}
