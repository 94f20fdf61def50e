import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Message } from "kafkajs";
import { isTracing, TRACEPARENT, traceparentOf } from "../../shared/metrics/traces.ts";

/**
 * Sends messages within a trace that their headers name, if traces go anywhere; otherwise they get no
 * header.
 *
 * @throws what `send` throws
 */
export async function traceSend<T>(
  topic: string,
  messages: readonly Message[],
  send: () => Promise<T>,
): Promise<T> {
  if (!isTracing()) return await send();
  const span = trace.getTracer("automotive.producers").startSpan(`send ${topic}`, {
    kind: SpanKind.PRODUCER,
    attributes: {
      "messaging.system": "kafka",
      "messaging.operation.name": "send",
      "messaging.operation.type": "send",
      "messaging.destination.name": topic,
      "messaging.batch.message_count": messages.length,
    },
  });
  const traceparent = traceparentOf(span.spanContext());
  for (const message of messages) {
    message.headers = { ...message.headers, [TRACEPARENT]: traceparent };
  }
  try {
    return await send();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
