import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { deadLetterTopic } from "../shared/catalogue/events.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { explainingKafka } from "../shared/kafka/broker_errors.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { progressLine } from "../shared/cli/progress.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { type FilterOptions, listOptions, toFilter } from "./options.ts";
import { readLetters } from "./read_letters.ts";
import { letterJson, lettersText, readingText } from "./text.ts";

interface Options extends FilterOptions {
  readonly all?: true;
  readonly json?: true;
}

await runEntry(async (signal) => {
  const { all, json, ...filter } = parseOptions<Options>(
    "dead-letters",
    "List the events that could not be landed, and why.",
    listOptions,
    Deno.args,
  );
  const settings = loadSettings();
  const kafka = kafkaClient(settings, "dead-letters");
  const read = async (signal: AbortSignal) => {
    using progress = progressLine();
    await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
    return await explainingKafka(
      settings,
      () =>
        readLetters({ kafka, admin, settings }, toFilter(filter), {
          signal,
          onProgress: (records) => progress.show(readingText(records)),
        }),
      { topic: deadLetterTopic(settings.topicPrefix) },
    );
  };
  const nothing = ["nothing was listed", `run it again: ${taskCommand("dead-letters")}`] as const;
  const { letters, foreign } = await orInterrupted(read, signal, nothing);
  const shown = letters.filter(({ replay }) => all || !replay);
  const topic = deadLetterTopic(settings.topicPrefix);
  if (json) {
    for (const letter of shown) console.log(letterJson(letter, settings.topicPrefix));
  } else if (shown.length > 0) {
    console.log(`Dead letters (${topic})`);
    console.log(lettersText(shown).join("\n"));
  }
  const replayed = letters.length - shown.length;
  const notes = [
    shown.length === 0 ? `No matching dead letters in ${topic}` : undefined,
    replayed > 0 ? `Replayed, shown with --all: ${replayed}` : undefined,
    foreign > 0
      ? `Records of ${topic} not written by our consumer, skipped: ${foreign}`
      : undefined,
  ];
  for (const note of notes) if (note) console.error(note);
});
