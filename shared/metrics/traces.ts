import {
  isSpanContextValid,
  ProxyTracerProvider,
  type SpanContext,
  trace,
} from "@opentelemetry/api";

/** The header by which messages tell in which trace they were sent. */
export const TRACEPARENT = "traceparent";

/** Version 0 of W3C's trace context: trace id, parent id, flags. */
const FORM = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Whether traces go anywhere: Deno registers who exports them if it runs with `OTEL_DENO=true`. */
export function isTracing(): boolean {
  return !(trace.getTracerProvider() instanceof ProxyTracerProvider);
}

/**
 * A span as messages name it.
 *
 * Source: https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/** The span that a message names; undefined if it is none. */
export function readTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = FORM.exec(text) ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  const context = { traceId, spanId, traceFlags: parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(context) ? context : undefined;
}
