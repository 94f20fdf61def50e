import type { ConsumerStatus } from "../consumer/status/status.ts";
import type { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type BucketStatus, MAX_COUNTED_FILES } from "./files_status.ts";
import type { PipelineStatus, ProgramStatus } from "./pipeline_status.ts";
import { table } from "../shared/cli/table.ts";
import { type Lag, MAX_LOOKED_AT, type TopicStatus } from "./topic_status.ts";
import type { WarehouseStatus } from "./warehouse_status.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/** What the titles name. */
type Names = Pick<Settings, "group" | "bucket" | "archiveBucket">;

/** The state of everything as lines for a terminal. */
export function statusText(status: PipelineStatus, names: Names): string[] {
  return [
    ...servicesText(status),
    "",
    ...topicsText(status.topics, names),
    "",
    ...programsText(status.programs),
    "",
    ...filesText(status.files, names),
    "",
    ...warehouseText(status.warehouse),
  ];
}

function servicesText({ runtime, services }: PipelineStatus): string[] {
  const title = `Services (${runtime})`;
  if (services instanceof Error) return [title, ...whyText(services)];
  return [
    title,
    ...table([
      ["service", "state", "address"],
      ...services.map(({ name, state, address }) => [name, state, address]),
    ]),
    ...services.flatMap(({ name, why }) => why ? [`  ${name}: ${why}`] : []),
  ];
}

/** Topics with their events and the group's lag. */
export function topicsText(
  topics: readonly TopicStatus[] | UserError,
  { group }: Pick<Names, "group">,
): string[] {
  const title = `Topics (lag of ${group})`;
  if (topics instanceof Error) return [title, ...whyText(topics)];
  if (topics.length === 0) {
    return [title, "  none yet: the first producer or consumer creates them"];
  }
  const lines = [
    title,
    ...table([
      ["topic", "events", "lag"],
      ...topics.map(({ topic, events, lag, letters }) => [
        topic,
        events,
        lag ? lagText(lag) : letters === undefined ? undefined : `${amount(letters)} wait`,
      ]),
    ]),
  ];
  if (topics.some(({ lag }) => lag && lag.events === undefined)) {
    lines.push(
      `  ≤: not inspected, as there are more than ${
        amount(MAX_LOOKED_AT)
      } records or for lack of time; markers of transactions may be among them`,
    );
  }
  for (const { topic, held } of topics) {
    for (const { partition, from, records } of held) {
      lines.push(
        `  ${topic}/${partition}: an open transaction holds back ${
          counted(records, "record")
        } from offset ${from} on: no consumer reads them before it ends`,
        "  → kafka-transactions.sh find-hanging names it, and abort ends it",
      );
    }
  }
  return lines;
}

/** Waiting dead letters, and offsets of the lag that nobody will ever read. */
function lagText({ offsets, events, markers }: Lag): string | number {
  if (events === undefined) return `≤ ${amount(offsets)}`;
  return markers > 0 ? `${amount(events)} (${counted(markers, "marker")})` : events;
}

/** Landed files of each type. */
export function filesText(
  files: BucketStatus | UserError,
  { bucket, archiveBucket }: Pick<Names, "bucket" | "archiveBucket">,
): string[] {
  const title = `Landed files (s3://${bucket}, loaded ones s3://${archiveBucket})`;
  if (files instanceof Error) return [title, ...whyText(files)];
  const { types, passedOver } = files;
  if (types.length === 0) return [title, "  none yet: the first consumer creates the bucket"];
  const isPartial = types.some(({ partial }) => partial);
  const least = (count: number) => isPartial ? `≥ ${amount(count)}` : count;
  const lines = [
    title,
    ...table([
      ["type", "files", "rows", "bytes", "to load"],
      ...types.map(({ type, files, rows, bytes, waiting }) => [
        type,
        least(files),
        rows,
        least(bytes),
        least(waiting),
      ]),
    ]),
  ];
  if (isPartial) lines.push("  ≥: S3 did not list all of them in time");
  if (types.some(({ rows }) => rows === undefined)) {
    const most = amount(MAX_COUNTED_FILES);
    lines.push(`  rows – : not counted in more than ${most} files, nor in those of other writers`);
  }
  if (passedOver) lines.push(`  ${passedOver}`);
  return lines;
}

/** What is loaded of each type. */
export function warehouseText(loaded: readonly WarehouseStatus[] | UserError): string[] {
  const title = "Warehouse";
  if (loaded instanceof Error) return [title, ...whyText(loaded)];
  if (loaded.length === 0) {
    return [title, `  empty: ${taskCommand("etl")} makes its schema, and loads`];
  }
  return [
    title,
    ...table([
      ["type", "files", "facts", "rejected", "repeats", "unreadable files"],
      ...loaded.map(({ type, files, facts, rejected, repeats, unreadable }) => [
        type,
        files,
        facts,
        rejected,
        repeats,
        unreadable,
      ]),
    ]),
  ];
}

function programsText(programs: readonly ProgramStatus[] | UserError): string[] {
  if (programs instanceof Error) return ["Programs", ...whyText(programs)];
  if (programs.length === 0) return ["Programs", "  no producer, consumer or loader is running"];
  return [
    "Programs",
    ...programs.flatMap(({ role, pid, statusPort, consumer }) => [
      `  ${role} (pid ${pid})${
        statusPort
          ? `, http://127.0.0.1:${statusPort}/${role === "consumer" ? "status" : "metrics"}`
          : ""
      }`,
      ...(consumer ? consumerText(consumer) : []),
      ...(role === "consumer" && statusPort && !consumer ? ["    not responding"] : []),
    ]),
  ];
}

/** What a consumer has open, in flight and landed: "sales 37/100 rows, 4:12 left". */
export function consumerText(consumer: ConsumerStatus): string[] {
  const { policy, totals, health, waiting } = consumer;
  const batches = consumer.openBatches.map(({ type, rows, cutsIn }) =>
    `    ${type} ${rows}/${policy.rows} rows, ${minutes(cutsIn.seconds)} left`
  );
  return [
    ...(batches.length > 0 ? batches : ["    no open batch"]),
    `    ${
      [
        `landed ${counted(totals.rows, "row")} in ${counted(totals.files, "file")}`,
        `${consumer.filesInFlight} in flight`,
        counted(totals.deadLetters, "dead letter"),
      ].join(", ")
    }`,
    ...(health.why === "ok" ? [] : [`    ${health.why}`]),
    ...(waiting ? [`    waiting since ${waiting.since}: ${waiting.for}`] : []),
  ];
}

function whyText({ message, hint }: UserError): string[] {
  return [`  ${message}`, ...(hint ? [`  → ${hint}`] : [])];
}

function counted(count: number, what: string): string {
  return `${amount(count)} ${what}${count === 1 ? "" : "s"}`;
}

function amount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Seconds as minutes and seconds: 4:12. */
export function minutes(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
