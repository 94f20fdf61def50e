import "../shared/cli/require_permissions.ts";
import { isType, topicOf } from "../shared/catalogue/events.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { Argument, parseOptions } from "../shared/cli/options.ts";
import { explainingKafka } from "../shared/kafka/broker_errors.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { follow } from "./follow.ts";
import { tailOptions } from "./options.ts";
import { firstOffsets, type Start } from "./start.ts";
import { tailedJson, tailedText } from "./text.ts";

interface Options extends Record<string, unknown> {
  readonly topic: string;
  readonly from: Start;
  readonly filter?: string;
  readonly count?: number;
  readonly follow: boolean;
  readonly json?: true;
}

await runEntry(async (signal) => {
  const { topic: name, from, filter, count = Infinity, json, ...options } = parseOptions<Options>(
    "tail",
    "Print a topic's messages as they come. Joins no group, changes nothing.",
    tailOptions,
    Deno.args,
    new Argument("<topic>", "a topic, or an event type such as sales"),
  );
  const settings = loadSettings();
  const topic = isType(name) ? topicOf(name, settings.topicPrefix) : name;
  const kafka = kafkaClient(settings, "tail");
  await using admin = await connectAdmin(kafka, settings, { timeout: 0, signal });
  let shown = 0;
  const print = async () => {
    const start = await firstOffsets(admin, topic, from);
    for await (const one of follow({ kafka, admin }, topic, start, { ...options, signal })) {
      const { key, value } = one.message;
      if (filter !== undefined && ![key, value].some((part) => part?.includes(filter))) continue;
      console.log(json ? tailedJson(topic, one) : tailedText(one));
      if (++shown >= count) return;
    }
  };
  // A tail runs until it is stopped: that is its normal end.
  await explainingKafka(settings, print, { topic }).catch((error) => {
    if (!signal.aborted) throw error;
  });
});
