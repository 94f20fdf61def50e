/**
 * `deno task bench:loader`: how fast the loader takes files from S3 to the warehouse, with real
 * services of its own. Prints what it measured; judges nothing.
 */
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import { createSimulation } from "../producers/simulation/simulation.ts";
import { columnsOf, type Event } from "../shared/catalogue/events.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { Option, parseOptions, positiveInteger } from "../shared/cli/options.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import { provenanceOf, toMetadata } from "../shared/formats/provenance.ts";
import { s3Client } from "../shared/s3/client.ts";
import { table } from "../shared/cli/table.ts";
import { program } from "../tests/integration/program.ts";
import { ownServices } from "../tests/integration/services.ts";
import { cpuOfChildren } from "./usage.ts";
import { csvLine } from "../shared/formats/csv.ts";

interface Options extends Record<string, unknown> {
  readonly rows: number;
}

const options = [
  new Option("--rows <n>", "rows of telemetry in each measurement").default(500_000)
    .argParser(positiveInteger),
];

/** Rows in a file: many rows show the cost of a row, few rows that of a file. */
const SIZES = [10_000, 100];
/** Files of few rows are made to as many as this, not to as many rows. */
const MAX_FILES = 2_000;
const CONCURRENCY = 16;

await runEntry((signal) => orAborted(measureAll(), signal));

async function measureAll(): Promise<void> {
  const { rows } = parseOptions<Options>("bench:loader", "Measure the loader.", options, Deno.args);
  const results: (string | number)[][] = [];
  for (const size of SIZES) {
    const files = Math.min(MAX_FILES, Math.ceil(rows / size));
    const { seconds, cpu } = await measure(files, size);
    results.push([
      `${files.toLocaleString("en-US")} files of ${size.toLocaleString("en-US")} rows`,
      seconds.toFixed(1),
      Math.round(files / seconds),
      Math.round(files * size / seconds),
      cpu.toFixed(1),
    ]);
  }
  const header = ["telemetry", "seconds", "files/s", "rows/s", "CPU s of the loader"];
  for (const line of table([header, ...results])) console.log(line);
}

/** Loads so many files in one pass, into a warehouse that is empty but for its schema. */
async function measure(files: number, size: number): Promise<{ seconds: number; cpu: number }> {
  await using own = await ownServices("bench", ["s3", "warehouse"]);
  const s3 = s3Client(own.settings);
  const { bucket: Bucket } = own.settings;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const load = async (args: string[] = []) => {
    await using run = program("warehouse/main.ts", args, { permissions: "loader", env: own.env });
    const { code, stderr } = await run.ended(3_600_000);
    if (code !== 0) throw new Error(stderr);
  };
  await load();
  const bodies = makeFiles(files, size);
  await pLimit(CONCURRENCY).map(bodies, (body, n) => {
    const ranges = [
      {
        partition: 0,
        from: n * size,
        to: (n + 1) * size,
        rows: size,
        repeats: 0,
        deadLetters: 0,
        tombstones: 0,
      },
    ];
    const of = provenanceOf(
      { ranges, rows: size, body },
      { group: "bench", topic: "telemetry_topic" },
    );
    const Key = `telemetry/telemetry_20260226_${String(n).padStart(6, "0")}.csv`;
    return s3.send(new PutObjectCommand({ Bucket, Key, Body: body, Metadata: toMetadata(of) }));
  });
  s3.destroy();
  const begun = performance.now();
  const before = cpuOfChildren();
  await load();
  return { seconds: (performance.now() - begun) / 1000, cpu: cpuOfChildren() - before };
}

function makeFiles(files: number, size: number): Uint8Array[] {
  const simulation = createSimulation(["telemetry"], { seed: 1, interval: 0.001 });
  const columns = columnsOf("telemetry") as (keyof Event<"telemetry">)[];
  return Array.from({ length: files }, () => {
    const lines = [csvLine(columns)];
    for (let i = 0; i < size; i++) {
      const event = simulation.round()[0] as Event<"telemetry">;
      lines.push(csvLine(columns.map((name) => String(event[name]))));
    }
    return new TextEncoder().encode(`${lines.join("\n")}\n`);
  });
}
