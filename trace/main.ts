import "../shared/cli/require_permissions.ts";
import type pg from "pg";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { UserError } from "../shared/cli/errors.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { Argument, parseOptions } from "../shared/cli/options.ts";
import { progressLine, withSeconds } from "../shared/cli/progress.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import { s3Client, s3Elsewhere } from "../shared/s3/client.ts";
import { explain } from "../verify/explain_verify.ts";
import { schemaVersion } from "../warehouse/sql/schema.ts";
import type { TraceWorld } from "./follow_event.ts";
import { traceOptions } from "./options.ts";
import { type Subject, subjectOf } from "./subject.ts";
import { fileText, lifeText, wayText } from "./text.ts";
import { trace } from "./trace.ts";
import type { Way } from "./way.ts";

const subjects = new Argument(
  "<what>",
  "an event id, topic/partition/offset, a file's name, a VIN or a vehicle id",
);

await runEntry(async (signal) => {
  const { what, last, json } = parseOptions<{ what: string; last: number; json?: true }>(
    "trace",
    "Follow an event: message, file and line, fact or rejected row or dead letter. Changes nothing.",
    traceOptions,
    Deno.args,
    subjects,
  );
  const settings = loadSettings();
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) console.error(elsewhere);
  const subject = subjectOf(what);
  const s3 = s3Client(settings, { maxAttempts: 3 });
  const kafka = kafkaClient(settings, "trace");
  const look = async (signal: AbortSignal) => {
    await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
    await using warehouse = await openWarehouse(settings);
    const { client } = warehouse;
    using progress = progressLine();
    progress.show(withSeconds("Looking for it…"));
    const onSearch = (topic: string) => {
      const searching = `Searching the last ${last.toLocaleString("en-US")} messages of ${topic}…`;
      progress.above(() => console.error(searching));
    };
    return await tell(
      subject,
      { kafka, admin, s3, settings, client, signal, last, onSearch },
      json,
    );
  };
  const nothing = ["nothing was found", `run it again: ${taskCommand("trace")}`] as const;
  try {
    for (const line of await orInterrupted(look, signal, nothing)) console.log(line);
  } catch (error) {
    throw explain(error, settings);
  } finally {
    s3.destroy();
  }
});

/** What is known about a subject, as lines. */
async function tell(subject: Subject, world: TraceWorld, json?: true): Promise<string[]> {
  const found = await trace(subject, world);
  if (found.kind === "file") {
    const { key, file, loads } = found;
    if (!file && loads.length === 0) {
      throw new UserError(
        `There is no file ${key}, and the warehouse has loaded none of this name`,
        "give the key as in the bucket, such as sales/sales_20260226_102345.csv",
      );
    }
    return json ? [JSON.stringify({ key, file, loads })] : fileText(key, file, loads);
  }
  if (found.kind === "life") {
    const { vehicle, life } = found;
    if (life.length === 0) {
      throw new UserError(
        `The warehouse has no event of the vehicle ${vehicle}`,
        `load what has landed: ${taskCommand("etl")}`,
      );
    }
    return json ? life.map((one) => JSON.stringify(one)) : lifeText(vehicle, life);
  }
  const { ways } = found;
  if (ways.length === 0) throw notFound(subject, world);
  return json ? ways.map((way) => JSON.stringify(way)) : ways.flatMap(asText);
}

function asText(way: Way, index: number): string[] {
  return [...index > 0 ? [""] : [], ...wayText(way)];
}

function notFound(subject: Subject, { client, last }: TraceWorld): UserError {
  const id = subject.kind === "event" ? subject.eventId : "";
  const where = client ? "nor in the warehouse" : "and the warehouse was not asked";
  return new UserError(
    `No event ${id}: not among the last ${
      last.toLocaleString("en-US")
    } messages of its topic, ${where}`,
    `search further back: ${taskCommand(`trace ${id} --last ${last * 10}`)}`,
  );
}

/** The warehouse, if it is available; the rest of the way is known without it. */
async function openWarehouse(
  settings: Settings,
): Promise<AsyncDisposable & { client: pg.Client | undefined }> {
  try {
    const client = await connectWarehouse(settings, "trace");
    if (await schemaVersion(client) > 0) {
      return {
        client,
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    }
    await client[Symbol.asyncDispose]();
    console.error(`The warehouse is empty: ${taskCommand("etl")} loads what has landed`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`Without the warehouse: ${error.message}`);
  }
  return { client: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
}
