import { scripts } from "../../orchestration/program.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { runEntry } from "../../shared/cli/entry.ts";
import { Option, parseOptions, positiveInteger } from "../../shared/cli/options.ts";
import { status } from "../integration/consume.ts";
import { publish, sale } from "../integration/events.ts";
import { program } from "../integration/program.ts";
import { sandbox } from "../integration/sandbox.ts";
import { ownServices } from "../integration/services.ts";

interface Options extends Record<string, unknown> {
  events: number;
  bytes: number;
}

const options = [
  new Option("--events <n>", "events that wait in Kafka").default(2_000_000)
    .argParser(positiveInteger),
  new Option("--bytes <n>", "size of an event beyond the usual").default(1)
    .argParser(positiveInteger),
];

/** What the consumer may take at the most, in MiB, with its default buffer of 64 MiB. */
const LIMIT_MIB = 300;
/** Events that are published at once, as far as they fit into a request. */
const PORTION = 50_000;

// Lets a consumer with default settings land what waits in Kafka, and looks at its memory from
// outside (/proc, so on Linux only). Exit code 1 if it ever takes more than 300 MiB.
await runEntry(async (signal) => {
  const { events, bytes } = parseOptions<Options>(
    "torture:memory",
    "Measures the consumer's memory while it lands what waits in Kafka.",
    options,
    Deno.args,
  );
  await using services = await ownServices("memory");
  await using box = await sandbox("memory", { on: services });
  const filler = "x".repeat(bytes);
  for (let made = 0; made < events; made += PORTION) {
    const count = Math.min(PORTION, events - made);
    const one = (_: unknown, i: number) => sale(made + i, { customer_name: filler });
    const perRequest = bytes > 10_000 ? 1 : 1_000;
    await publish(box, "sales", Array.from({ length: count }, one), { perRequest });
    signal.throwIfAborted();
  }
  console.log(`${events} events wait in Kafka`);
  const [script, ...flags] = scripts.consumer.toReversed();
  await using consumer = program(script!, [], {
    permissions: "consumer",
    env: box.env,
    flags,
  });
  let peak = 0;
  let landed = 0;
  for (let second = 0; landed < events - 100; second++) {
    await pause(1_000, signal);
    peak = await peakMiB(consumer.pid);
    landed = (await status(box).catch(() => undefined))?.totals.rows ?? landed;
    if (second % 10 === 0) {
      console.log(`${second} s: ${landed} rows landed, at most ${peak} MiB until now`);
    }
  }
  consumer.signal("SIGTERM");
  await consumer.ended();
  console.log(`peak: ${peak} MiB, of ${LIMIT_MIB} MiB allowed`);
  return peak > LIMIT_MIB ? 1 : 0;
});

/** The most that a process has ever had resident, in MiB. */
async function peakMiB(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/status`);
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(text)?.[1]) / 1024);
}
