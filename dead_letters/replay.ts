import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { interrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { explainingKafka } from "../shared/kafka/broker_errors.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { type FilterOptions, replayOptions, toFilter } from "./options.ts";
import { readLetters } from "./read_letters.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { AGAIN, connectReplayer } from "./replayer.ts";
import { replayBatches } from "./replay_batches.ts";
import { excerpt } from "./text.ts";

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
  const world = { kafka, admin, settings };
  // Before it is read what was replayed: from here on no other replay can add to it.
  await using replayer = dryRun
    ? undefined
    : await orAborted(connectReplayer(world, signal), signal);
  const { letters } = await orAborted(readLetters(world, toFilter(filter), signal), signal);
  const waiting = letters.filter(({ replay }) => !replay);

  let done = 0;
  let before = letters.length - waiting.length;
  let unreplayable = 0;
  const onUnreplayable = (message: string) => {
    unreplayable++;
    console.error(`✗ ${message}`);
  };
  let handled = 0;
  try {
    for await (const batch of replayBatches(waiting, { ...world, signal, onUnreplayable })) {
      const places = await replayer?.replay(batch);
      batch.forEach(({ letter, original }, i) => {
        const origin = formatPlace(letter.origin);
        const again = letter.attempts > 0 ? ` (replay ${letter.attempts + 1})` : "";
        const place = places?.[i];
        if (place) console.log(`✓ Replayed ${origin} → ${formatPlace(place)}${again}`);
        else if (!places) console.log(`Would replay ${origin}${again}: ${excerpt(original.value)}`);
        else return before++;
        done++;
      });
      handled += batch.length;
    }
  } catch (error) {
    if (error !== signal.reason) throw error;
    const wait = waiting.length - handled - unreplayable;
    throw interrupted(
      signal,
      `${dryRun ? "looked at" : "replayed"}: ${done}, waiting: ${wait}`,
      AGAIN,
    );
  }
  const counts = [
    `${dryRun ? "Would replay" : "Replayed"}: ${done}`,
    ...(before > 0 ? [`replayed before: ${before}`] : []),
    ...(unreplayable > 0 ? [`cannot be replayed: ${unreplayable}`] : []),
  ];
  console.log(counts.join(", "));
  return unreplayable > 0 ? 1 : 0;
}
