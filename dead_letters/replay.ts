import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { interrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { explainingKafka } from "../shared/kafka/broker_errors.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { progressLine } from "../shared/cli/progress.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type FilterOptions, replayOptions, toFilter } from "./options.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { AGAIN } from "./replayer.ts";
import { replayLetters } from "./replay_letters.ts";
import { excerpt, readingText } from "./text.ts";

interface Options extends FilterOptions {
  readonly dryRun?: true;
}

await runEntry(async (signal) => {
  const { dryRun = false, ...filter } = parseOptions<Options>(
    "replay",
    "Send dead letters back to the topics that they came from, each once.",
    replayOptions,
    Deno.args,
  );
  const settings = loadSettings();
  try {
    return await explainingKafka(settings, () => replayAll(settings, { dryRun, filter, signal }));
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw interrupted(signal, `nothing was ${dryRun ? "looked at" : "replayed"}`, AGAIN);
  }
});

/** Sends back what the filter chooses; 1 if some of it cannot be. */
async function replayAll(
  settings: Settings,
  options: { dryRun: boolean; filter: FilterOptions; signal: AbortSignal },
): Promise<number> {
  const { dryRun, filter, signal } = options;
  const kafka = kafkaClient(settings, "dead-letters");
  await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
  using progress = progressLine();
  let unreplayable = 0;
  const onUnreplayable = (message: string) => {
    unreplayable++;
    progress.above(() => console.error(`✗ ${message}`));
  };
  const onProgress = (records: number) => progress.show(readingText(records));
  return await replayLetters(
    { kafka, admin, settings },
    { dryRun, filter: toFilter(filter), signal, onUnreplayable, onProgress },
    async ({ waiting, before, batches }) => {
      let [done, handled, elsewhere] = [0, 0, 0];
      const count = (letters: number) => letters.toLocaleString("en-US");
      const doing = dryRun ? "Looking at" : "Replaying";
      const show = () =>
        progress.show(
          `${doing} dead letters: ${count(handled + unreplayable)} of ${count(waiting)}`,
        );
      const print = (line: string) => progress.above(() => console.log(line));
      show();
      try {
        for await (const batch of batches) {
          for (const { letter, original, to } of batch) {
            const origin = formatPlace(letter.origin);
            const again = letter.attempts > 0 ? ` (replay ${letter.attempts + 1})` : "";
            if (to) print(`✓ Replayed ${origin} → ${formatPlace(to)}${again}`);
            else if (!dryRun) {
              elsewhere++;
              continue;
            } else print(`Would replay ${origin}${again}: ${excerpt(original.value)}`);
            done++;
          }
          handled += batch.length;
          show();
        }
      } catch (error) {
        if (error !== signal.reason) throw error;
        const wait = waiting - handled - unreplayable;
        throw interrupted(
          signal,
          `${dryRun ? "looked at" : "replayed"}: ${done}, waiting: ${wait}`,
          AGAIN,
        );
      }
      const replayedBefore = before + elsewhere;
      const counts = [
        `${dryRun ? "Would replay" : "Replayed"}: ${done}`,
        ...(replayedBefore > 0 ? [`replayed before: ${replayedBefore}`] : []),
        ...(unreplayable > 0 ? [`cannot be replayed: ${unreplayable}`] : []),
      ];
      print(counts.join(", "));
      return unreplayable > 0 ? 1 : 0;
    },
  );
}
