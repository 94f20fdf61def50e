/** A value of an attribute in OTLP's JSON. */
interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
  };
}

/** A span as OTLP carries it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A value of a counter or gauge, or the count of a histogram, as it came last. */
export interface Received {
  readonly name: string;
  readonly unit: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Point {
  readonly attributes?: readonly Attribute[];
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
}

interface Metric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: { readonly dataPoints: readonly Point[] };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

/** What an OTLP receiver has got. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What a program has to be told to send here. */
  readonly env: Readonly<Record<string, string>>;
  readonly spans: readonly Span[];
  /** The metrics that came last, by scope, name and attributes. */
  readonly metrics: () => readonly Received[];
}

/** Starts a small receiver of OTLP over HTTP, in JSON. */
export function otlpReceiver(): OtlpReceiver {
  const spans: Span[] = [];
  const metrics = new Map<string, Received>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    const body = await request.json();
    if (pathname === "/v1/traces") spans.push(...spansOf(body));
    if (pathname === "/v1/metrics") {
      for (const one of metricsOf(body)) {
        metrics.set(JSON.stringify([one.scope, one.name, one.attributes]), one);
      }
    }
    return Response.json({});
  });
  return {
    env: {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.addr.port}`,
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      OTEL_BSP_SCHEDULE_DELAY: "200",
    },
    spans,
    metrics: () => [...metrics.values()],
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A span's attribute. */
export function attributeOf({ attributes = [] }: Span, name: string): string | undefined {
  return valuesOf(attributes)[name];
}

function* spansOf(body: {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}): Generator<Span> {
  for (const { scopeSpans } of body.resourceSpans) {
    for (const { spans } of scopeSpans) yield* spans;
  }
}

function* metricsOf(body: {
  resourceMetrics: { scopeMetrics: { scope: { name: string }; metrics: Metric[] }[] }[];
}): Generator<Received> {
  for (const { scopeMetrics } of body.resourceMetrics) {
    for (const { scope, metrics } of scopeMetrics) {
      for (const { name, unit = "", sum, gauge, histogram } of metrics) {
        for (const point of (sum ?? gauge ?? histogram)?.dataPoints ?? []) {
          const value = Number(point.asInt ?? point.asDouble ?? point.count);
          const attributes = valuesOf(point.attributes ?? []);
          yield { name, unit, scope: scope.name, attributes, value };
        }
      }
    }
  }
}

function valuesOf(attributes: readonly Attribute[]): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => {
    const { stringValue, intValue, doubleValue } = value;
    return [key, String(stringValue ?? intValue ?? doubleValue)];
  }));
}
