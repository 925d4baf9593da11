import type { TokenCredential } from '@azure/identity'
import { AzureMonitorMetricExporter, AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { resetInstruments } from './telemetry.js'

/** How often metrics are sent. The alerts evaluate windows of five minutes. */
const METRICS_EVERY_MS = 60_000
/** How often spans are sent. */
const SPANS_EVERY_MS = 5_000

export interface TelemetryOptions {
  readonly connectionString: string
  /** If absent, the connection string alone authenticates: on a laptop, and at a test's own endpoint. */
  readonly credential?: TokenCredential
}

/**
 * Sends traces and metrics to Azure Monitor.
 *
 * @returns a function that sends what is still buffered, to be called before the process ends
 */
export function exportTelemetry(options: TelemetryOptions): () => Promise<void> {
  const resource = resourceFromAttributes({ 'service.name': 'ringback' })
  const spans = new BatchSpanProcessor(new AzureMonitorTraceExporter(options), {
    scheduledDelayMillis: SPANS_EVERY_MS,
  })
  const tracerProvider = new BasicTracerProvider({ resource, spanProcessors: [spans] })
  const exporter = new AzureMonitorMetricExporter(options)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: METRICS_EVERY_MS })
  const meterProvider = new MeterProvider({ resource, readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(tracerProvider)
  metrics.setGlobalMeterProvider(meterProvider)
  resetInstruments()
  return async () => {
    await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()])
  }
}
