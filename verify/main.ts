import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { UserError } from "../shared/cli/errors.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { progressLine, withSeconds } from "../shared/cli/progress.ts";
import { recordRun } from "../shared/cli/run_records.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { s3Client, s3Elsewhere } from "../shared/s3/client.ts";
import { connectWarehouse } from "../shared/postgres/client.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { compareBooks, comparisonText, readBooks } from "./against.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { explain } from "./explain_verify.ts";
import { isProved, verificationFigures, verificationText, verificationVerdict } from "./text.ts";
import { verifyOptions } from "./options.ts";
import { verificationJson } from "./verification_json.ts";
import { verify } from "./verify.ts";

await runEntry(async (signal) => {
  const about = "Prove end to end, from Kafka offsets to warehouse rows. Changes nothing.";
  const { cells, filesOnly, against, json } = parseOptions<
    { cells?: true; filesOnly?: true; against?: string; json?: true }
  >(
    "verify",
    about,
    verifyOptions,
    Deno.args,
  );
  if (json && against !== undefined) {
    throw new UserError("Wrong usage: --json and --against cannot be combined", "use one of them", {
      exitCode: 2,
    });
  }
  const settings = loadSettings();
  if (against !== undefined) return await verifyAgainst(settings, against);
  const elsewhere = s3Elsewhere(settings);
  if (elsewhere) console.error(elsewhere);
  const s3 = s3Client(settings, { maxAttempts: 3 });
  const kafka = kafkaClient(settings, "verify");
  const nothing = ["nothing was proved", `run it again: ${taskCommand("verify")}`] as const;
  const prove = async (signal: AbortSignal) => {
    using progress = progressLine();
    const onProgress = progress.show;
    await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
    return await verify({
      settings,
      kafka,
      admin,
      s3,
      filesOnly,
      allCells: cells,
      signal,
      onProgress,
    });
  };
  const startedAt = new Date();
  try {
    const verification = await orInterrupted(prove, signal, nothing);
    const lines = json
      ? [verificationJson(verification, settings)]
      : [...verificationText(verification, settings), "", ...verificationVerdict(verification)];
    for (const line of lines) console.log(line);
    await recordRun(settings.runtimeDir, {
      kind: "verify",
      startedAt,
      outcome: isProved(verification) ? "passed" : "failed",
      arguments: Deno.args,
      figures: verificationFigures(verification),
    });
    return isProved(verification) ? 0 : 1;
  } catch (error) {
    throw explain(error, settings);
  } finally {
    s3.destroy();
  }
});

/** Compares the warehouse with what a producer says should become of its events. */
async function verifyAgainst(settings: Settings, file: string): Promise<number> {
  using progress = progressLine();
  progress.show(withSeconds("Comparing the warehouse with the books…"));
  const books = await readBooks(file);
  await using client = await connectWarehouse(settings, "verify");
  try {
    const { lines, differs } = comparisonText(await compareBooks(client, books));
    for (const line of lines) progress.above(() => console.log(line));
    return differs > 0 ? 1 : 0;
  } catch (error) {
    throw explain(error, settings);
  }
}
