import { ROOT_CONTEXT, type SpanContext, SpanKind, trace } from "@opentelemetry/api";
import { readTraceparent } from "../../shared/metrics/traces.ts";
import type { Round } from "./round.ts";

/**
 * Leaves a trace of a round, from the first cut until its offsets were committed, with a span for each
 * of its steps, and linked to the traces in which its messages were sent. Nothing comes of it unless
 * Deno exports traces.
 *
 * @param group the consumer group
 */
export function traceRound({ topic, files, steps, links, to }: Round, group: string): void {
  const tracer = trace.getTracer("automotive.consumer");
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const span = tracer.startSpan(
    `land ${topic}`,
    {
      kind: SpanKind.CONSUMER,
      startTime: Math.min(...files.map(({ cutAt }) => cutAt)),
      attributes: {
        "messaging.system": "kafka",
        "messaging.operation.name": "land",
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": rows,
      },
      links: contextsOf(links).map((context) => ({ context })),
    },
    ROOT_CONTEXT,
  );
  const within = trace.setSpan(ROOT_CONTEXT, span);
  for (const { step, key, from, to } of steps) {
    const attributes = key === undefined ? {} : { "aws.s3.key": key };
    tracer.startSpan(step, { startTime: from, attributes }, within).end(to);
  }
  span.end(to);
}

function contextsOf(links: readonly string[]): SpanContext[] {
  return links.map(readTraceparent).filter((context) => context !== undefined);
}
