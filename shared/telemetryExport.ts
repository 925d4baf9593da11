import type { TokenCredential } from '@azure/identity'
import { AzureMonitorMetricExporter, AzureMonitorTraceExporter } from '@azure/monitor-opentelemetry-exporter'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { telemetryStarted } from './telemetry.js'

/** How often metrics are sent. The alerts look at five minutes. */
const METRICS_EVERY_MS = 60_000
const SPANS_EVERY_MS = 5_000

export interface TelemetryOptions {
  readonly connectionString: string
  /** Absent: the connection string is enough, as that of a test's own endpoint is. */
  readonly credential?: TokenCredential
}

/** Gives traces and metrics to Azure Monitor. @returns what sends the rest, before the process ends */
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
  telemetryStarted()
  return async () => {
    await Promise.allSettled([tracerProvider.shutdown(), meterProvider.shutdown()])
  }
}
