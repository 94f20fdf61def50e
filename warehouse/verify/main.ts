import { runEntry } from "../../shared/entry.ts";
import { loadSettings } from "../../shared/environment.ts";
import { orInterrupted } from "../../shared/interruption.ts";
import { connectAdmin, kafkaClient } from "../../shared/kafka.ts";
import { parseOptions } from "../../shared/options.ts";
import { s3Client } from "../../shared/s3.ts";
import { explain } from "./explain.ts";
import { verificationText, verificationVerdict } from "./text.ts";
import { verify } from "./verify.ts";

await runEntry(async (signal) => {
  const about =
    "Prove the whole way, from Kafka's offsets to the warehouse's rows. Changes nothing.";
  parseOptions("verify", about, [], Deno.args);
  const settings = loadSettings();
  const s3 = s3Client(settings, { maxAttempts: 3 });
  const kafka = kafkaClient(settings, "verify");
  const nothing = ["nothing was proved", "run it again: deno task verify"] as const;
  const prove = async (signal: AbortSignal) => {
    await using admin = await connectAdmin(kafka, settings, { patience: 0, signal });
    return await verify({ settings, kafka, admin, s3, signal });
  };
  try {
    const verification = await orInterrupted(prove, signal, nothing);
    const lines = [...verificationText(verification, settings), ""];
    for (const line of [...lines, ...verificationVerdict(verification)]) console.log(line);
    return verification.problems.length > 0 ? 1 : 0;
  } catch (error) {
    throw explain(error, settings);
  } finally {
    s3.destroy();
  }
});
