/** What a metric is: a sum that only grows, a value of now, or how values are distributed. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** One metric. */
export interface MetricDefinition {
  readonly kind: MetricKind;
  /** In UCUM, as OpenTelemetry writes it: `s`, `By`, `{message}`. */
  readonly unit: string;
  readonly about: string;
  readonly attributes: readonly string[];
  /** Who records it. */
  readonly programs: readonly ("consumer" | "loader" | "producers" | "console")[];
  /** Upper bounds of a histogram's buckets. @default {@linkcode durationBounds} */
  readonly bounds?: readonly number[];
}

/** Bounds that OpenTelemetry's messaging conventions advise for durations, in s. */
export const durationBounds: readonly number[] = [
  ...[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75],
  ...[1, 2.5, 5, 7.5, 10],
];

/** For what may take from seconds to a day. */
const delayBounds = [1, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400];

const consumer = { programs: ["consumer"] } as const;
const loader = { programs: ["loader"] } as const;
const client = ["messaging.system", "messaging.operation.name", "messaging.destination.name"];
const typed = ["automotive.event.type"] as const;
const ofPartition = ["group", "topic", "partition"] as const;

/**
 * The one catalogue of metrics: what is exported, the dashboard, the alert rules and the table of
 * docs/monitoring.md follow it.
 *
 * Names of OpenTelemetry where its conventions have one; `automotive.*` elsewhere.
 * Source: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
 */
export const catalogue = {
  "messaging.client.consumed.messages": {
    kind: "counter",
    unit: "{message}",
    about: "Messages read from Kafka",
    attributes: [...client, "messaging.consumer.group.name"],
    ...consumer,
  },
  "automotive.consumer.consumed.size": {
    kind: "counter",
    unit: "By",
    about: "Values of the messages read, decompressed",
    attributes: ["messaging.destination.name"],
    ...consumer,
  },
  "messaging.process.duration": {
    kind: "histogram",
    unit: "s",
    about: "From a batch's cut until its offsets are committed",
    attributes: [...client, "messaging.consumer.group.name"],
    ...consumer,
  },
  "automotive.consumer.dead_letters": {
    kind: "counter",
    unit: "{message}",
    about: "Messages that cannot be landed, by the kind of fault",
    attributes: ["messaging.destination.name", "error.type"],
    ...consumer,
  },
  "automotive.consumer.tombstones": {
    kind: "counter",
    unit: "{message}",
    about: "Messages without a value, which are passed over",
    attributes: [],
    ...consumer,
  },
  "automotive.consumer.rebalances": {
    kind: "counter",
    unit: "{rebalance}",
    about: "Times that this consumer has joined its group, the first one included",
    attributes: [],
    ...consumer,
  },
  "automotive.consumer.partitions": {
    kind: "gauge",
    unit: "{partition}",
    about: "Partitions that are this consumer's",
    attributes: [],
    ...consumer,
  },
  "automotive.consumer.health": {
    kind: "gauge",
    unit: "{consumer}",
    about: "1 while /healthz answers 200, else 0",
    attributes: [],
    ...consumer,
  },
  "automotive.buffer.usage": {
    kind: "gauge",
    unit: "By",
    about: "Memory of the open batches and of files under way",
    attributes: [],
    ...consumer,
  },
  "automotive.buffer.limit": {
    kind: "gauge",
    unit: "By",
    about: "Above it, fetching pauses",
    attributes: [],
    ...consumer,
  },
  "automotive.batch.rows": {
    kind: "gauge",
    unit: "{row}",
    about: "Rows in the open batch",
    attributes: typed,
    ...consumer,
  },
  "automotive.batch.age": {
    kind: "gauge",
    unit: "s",
    about: "Age of the open batch; 0 without one",
    attributes: typed,
    ...consumer,
  },
  "automotive.landing.rows": {
    kind: "counter",
    unit: "{row}",
    about: "Rows in landed files",
    attributes: typed,
    ...consumer,
  },
  "automotive.landing.files": {
    kind: "counter",
    unit: "{file}",
    about: "Files landed",
    attributes: typed,
    ...consumer,
  },
  "automotive.landing.size": {
    kind: "counter",
    unit: "By",
    about: "Landed files, in bytes",
    attributes: typed,
    ...consumer,
  },
  "automotive.landing.repeats": {
    kind: "counter",
    unit: "{row}",
    about: "Rows dropped because their batch had an identical one",
    attributes: typed,
    ...consumer,
  },
  "automotive.landing.recovered": {
    kind: "counter",
    unit: "{file}",
    about: "Files completed that another consumer had planned",
    attributes: [],
    ...consumer,
  },
  "automotive.landing.in_flight": {
    kind: "gauge",
    unit: "{file}",
    about: "Files that are cut and not visible yet",
    attributes: [],
    ...consumer,
  },
  "automotive.landing.step.duration": {
    kind: "histogram",
    unit: "s",
    about: "Steps of the landing: upload, plan, complete, advance; retries included",
    attributes: ["automotive.event.type", "automotive.step"],
    ...consumer,
  },
  "kafka.consumer_group.lag": {
    kind: "gauge",
    unit: "{message}",
    about: "Offsets between the group's committed offset and the high watermark",
    attributes: ofPartition,
    ...consumer,
  },
  "automotive.consumer_group.lag_time": {
    kind: "gauge",
    unit: "s",
    about: "Age of the oldest message that is not landed; 0 without lag",
    attributes: ofPartition,
    ...consumer,
  },
  "automotive.consumer_group.retention_margin": {
    kind: "gauge",
    unit: "s",
    about: "Until the topic's retention time reaches messages that are not landed",
    attributes: ofPartition,
    ...consumer,
  },
  "automotive.retries": {
    kind: "counter",
    unit: "{retry}",
    about: "Requests repeated because a service failed: kafka, s3, postgresql",
    attributes: ["automotive.service"],
    programs: ["consumer", "loader"],
  },
  "automotive.wait": {
    kind: "gauge",
    unit: "s",
    about: "How long a service has been waited for now; 0: none",
    attributes: [],
    programs: ["consumer", "loader"],
  },
  "automotive.loader.files": {
    kind: "counter",
    unit: "{file}",
    about: "Files loaded, and files found unreadable",
    attributes: ["automotive.event.type", "automotive.outcome"],
    ...loader,
  },
  "automotive.loader.rows": {
    kind: "counter",
    unit: "{row}",
    about: "Rows of loaded files, by what they became: fact, rejected, repeat",
    attributes: ["automotive.event.type", "automotive.outcome"],
    ...loader,
  },
  "automotive.loader.file.duration": {
    kind: "histogram",
    unit: "s",
    about: "Loading one file into the warehouse",
    attributes: typed,
    ...loader,
  },
  "automotive.loader.delay": {
    kind: "histogram",
    unit: "s",
    about: "From the landing of a streamed file to its load",
    attributes: typed,
    bounds: delayBounds,
    ...loader,
  },
  "automotive.loader.waiting": {
    kind: "gauge",
    unit: "{file}",
    about: "Files in the raw bucket that are not loaded: waiting, or unreadable",
    attributes: ["automotive.state"],
    ...loader,
  },
  "automotive.loader.waiting.age": {
    kind: "gauge",
    unit: "s",
    about: "How long the oldest streamed file has been waiting; 0 without one",
    attributes: [],
    ...loader,
  },
  "automotive.loader.pass.age": {
    kind: "gauge",
    unit: "s",
    about: "Since the bucket was last looked through to its end",
    attributes: [],
    ...loader,
  },
  "automotive.warehouse.freshness": {
    kind: "gauge",
    unit: "s",
    about: "Since the landing of the newest streamed file that this loader has loaded",
    attributes: typed,
    ...loader,
  },
  "automotive.topic.end": {
    kind: "gauge",
    unit: "{message}",
    about: "High watermarks of a topic's partitions: all that was ever published",
    attributes: ["messaging.destination.name"],
    programs: ["console"],
  },
  "automotive.topic.lag": {
    kind: "gauge",
    unit: "{message}",
    about: "Messages that the group has not landed, whether or not a consumer is running",
    attributes: ["messaging.destination.name"],
    programs: ["console"],
  },
  "automotive.problems": {
    kind: "gauge",
    unit: "{problem}",
    about: "What keeps events from flowing, as the console shows it",
    attributes: ["automotive.service"],
    programs: ["console"],
  },
  "messaging.client.sent.messages": {
    kind: "counter",
    unit: "{message}",
    about: "Messages that Kafka has acknowledged",
    attributes: client,
    programs: ["producers"],
  },
  "messaging.client.operation.duration": {
    kind: "histogram",
    unit: "s",
    about: "Sending one batch until Kafka acknowledges it; retries included",
    attributes: client,
    programs: ["producers"],
  },
} as const satisfies Record<string, MetricDefinition>;

/** The name of a metric. */
export type MetricName = keyof typeof catalogue;

/** The names of the metrics of a kind. */
export type NameOf<Kind extends MetricKind> = {
  [Name in MetricName]: (typeof catalogue)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];
