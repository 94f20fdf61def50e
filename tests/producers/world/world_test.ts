import { CommanderError } from "commander";
import assert from "node:assert/strict";
import process from "node:process";
import { RULES } from "../../../producers/simulation/business.ts";
import { createFaults } from "../../../producers/publishing/event_faults.ts";
import { createGate } from "../../../producers/publishing/gate.ts";
import { parseProducerOptions } from "../../../producers/options.ts";
import { planOf } from "../../../producers/publishing/schedule.ts";
import { dueRounds } from "../../../producers/publishing/rounds.ts";
import { createSimulation } from "../../../producers/simulation/simulation.ts";
import { flat, flatOf, profiles, timeOf } from "../../../producers/simulation/profiles.ts";
import { deletedSince } from "../../../producers/world/claim.ts";
import { type Made, openWorld, replayWorld } from "../../../producers/world/world.ts";
import { readLog, recordOf } from "../../../producers/world/world_log.ts";
import { UserError } from "../../../shared/cli/errors.ts";
import { type Event, types } from "../../../shared/catalogue/events.ts";
import type { ReadMessage } from "../../../shared/kafka/topic_reader.ts";

const identity = { seed: 7, base: 70, start: Date.UTC(2026, 0, 1) * 1_000, step: 600e6 };

function open(
  of: readonly (typeof types)[number][],
  next?: ReadonlyMap<(typeof types)[number], number>,
) {
  const stretches = new Map(of.map((type) => [type, [{ ...identity, round: 0 }]]));
  return openWorld({ identity, types: of, curve: flat, stretches, next });
}

Deno.test("openWorld() goes on where each system stopped, as if it had not", () => {
  const whole = open(types);
  const events = Array.from({ length: 300 }, () => whole.next()).flat().map(({ event }) => event);
  const next = new Map(types.map((type, index) => [type, 40 * index]));
  const later = open(types, next);
  const rest = Array.from({ length: 50 }, () => later.next()).flat().map(({ event }) => event);
  for (const type of types) {
    const from = next.get(type)!;
    assert.deepEqual(
      rest.filter(({ event_type }) => event_type === type),
      events.filter(({ event_type }) => event_type === type).slice(from, from + 50),
    );
  }
});

Deno.test("replayWorld() lets timers fire while it replays a long past, and stops when aborted", async () => {
  const next = new Map(types.map((type) => [type, 9_000]));
  const stretches = new Map(types.map((type) => [type, [{ ...identity, round: 0 }]]));
  const options = { identity, types, curve: flat, stretches, next };
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => turns++);
  const world = await replayWorld(options, controller);
  clearInterval(timer);
  assert.ok(turns > 0, "a timer fires meanwhile");
  assert.deepEqual(world.next(), openWorld(options).next());

  const stopped = replayWorld(options, controller);
  const reason = new Error("Ctrl-C");
  controller.abort(reason);
  await assert.rejects(stopped, reason);
});

Deno.test("dueRounds() goes from the past to live without a gap or an overlap", async () => {
  const now = Date.now() * 1_000;
  const options = parseProducerOptions(["--backfill", "1h", "--interval", "7"], { name: "test" });
  const plan = planOf(options, now);
  const world = openWorld({
    ...{ identity, types, curve: flat },
    stretches: new Map(types.map((type) => [type, [{ ...plan.first, round: 0 }]])),
  });
  const controller = new AbortController();
  const { signal } = controller;
  const times: string[] = [];
  const paced = { interval: 7, speed: 1, count: 520, signal };
  for await (const due of dueRounds(world, plan, paced)) {
    for (let i = 0; i < due; i++) {
      times.push(...world.next().map(({ event }) => event.timestamp).toSorted());
    }
    if (world.round >= 514) controller.abort();
  }
  assert.ok(world.round >= 514);
  assert.deepEqual(times, times.toSorted());
  const seconds = times.map((time) => Date.parse(`${time.slice(0, 23)}Z`) / 1_000);
  for (let i = 1; i < seconds.length; i++) assert.ok(seconds[i]! - seconds[i - 1]! < 2 * 7);
});

Deno.test("a profile keeps the time of a week, and fills its busy hours", () => {
  const start = Date.UTC(2026, 5, 1) * 1_000;
  for (const curve of Object.values(profiles)) {
    for (let hour = 0; hour < 500; hour++) {
      const time = start + hour * 3.7e9;
      assert.ok(Math.abs(timeOf(curve, flatOf(curve, time)) - time) < 1_000);
    }
  }
  const work = profiles["business-hours"];
  const hours = Array.from({ length: 1_000 }, (_, i) => {
    const time = timeOf(work, flatOf(work, start) + i * 600e6);
    return new Date(time / 1_000).getUTCHours();
  });
  const atWork = hours.filter((hour) => hour >= 6 && hour < 16).length;
  assert.ok(atWork > 850, `${atWork} of 1,000`);
});

Deno.test("createFaults() injects what it counts, the same each time, and loses nothing", () => {
  const rates = { duplicate: 0.05, late: 0.05, "out-of-order": 0.05, invalid: 0.05, null: 0.05 };
  const run = (of = types) => {
    const stream = createFaults(3);
    const good: Event[] = [];
    const simulation = createSimulation(of, { seed: 5, interval: 60 });
    const out = Array.from({ length: 2_000 }, () => simulation.round()).flat()
      .flatMap((event) => stream.pass(event, { rates, isGood: (one) => good.push(one) }));
    return { out: [...out, ...stream.flush()], good, counts: stream.counts };
  };
  const { out, good, counts } = run();
  assert.deepEqual(run(), { out, good, counts });
  assert.deepEqual(run(["sales"]).out, out.filter(({ event_type }) => event_type === "sales"));
  const sum = (fault: keyof typeof rates) =>
    types.reduce((all, type) => all + counts[type][fault], 0);
  assert.equal(out.length, 2_000 * types.length + sum("duplicate"));
  assert.equal(good.length, 2_000 * types.length - sum("invalid"));
  for (const type of types) {
    for (const count of Object.values(counts[type])) assert.ok(count > 50 && count < 160);
  }
});

Deno.test("createGate() holds payments, in order, until their sales are there", async () => {
  let published = 0;
  const gate = createGate(() => Promise.resolve(published));
  const made = (event_type: string, round: number, paidRound: number) =>
    ({ event: { event_type }, round, paidRound, isPast: false }) as Made;
  const [first, second] = [made("payments", 0, 0), made("payments", 1, 2)];
  const reading = made("telemetry", 0, 0);
  assert.deepEqual(await gate.pass([first, reading]), [reading]);
  published = 1;
  assert.deepEqual(await gate.pass([second]), [first]);
  assert.deepEqual(gate.held, [second]);
  published = 3;
  assert.deepEqual(await gate.pass([]), [second]);
});

Deno.test("readLog(): of two runs that begin at once, the first record has the system", () => {
  const calendar = { start: 1, step: 2 };
  const stretches = { sales: [{ round: 0, start: 1, step: 2 }] };
  const begin = (run: string, after: number, rules = RULES) =>
    recordOf({ kind: "begin", run, rules, calendar, stretches, next: { sales: 0 }, after });
  const mark = (run: string, next: number, isOver: boolean) =>
    recordOf({ kind: "mark", run, next: { sales: next }, ends: {}, isOver });
  const log = (...records: ReturnType<typeof recordOf>[]) =>
    readLog(records.map(({ value }, offset) => ({
      partition: 0,
      message: { offset: String(offset), value: new TextEncoder().encode(String(value)) },
    } as unknown as ReadMessage)));
  const both = log(begin("a", 0), begin("b", 0), mark("b", 9, false), mark("a", 5, false));
  assert.partialDeepStrictEqual(both.progress.get("sales"), { run: "a", next: 5, isOver: false });
  const after = log(begin("a", 0), mark("a", 5, true), begin("b", 2));
  assert.partialDeepStrictEqual(after.progress.get("sales"), { run: "b", next: 5, isOver: false });
  assert.equal(log({ value: "reserved" }).isForeign, true);
  assert.equal(log(begin("a", 0, RULES - 1)).isForeign, true, "its past was another one");
});

Deno.test("parseProducerOptions() refuses what does not go together, and says what to do", () => {
  const cases: [args: string[], ...patterns: RegExp[]][] = [
    [["--speed", "10"], /--speed would run into the future/],
    [["--rate", "5", "--interval", "1"], /--rate and --interval/],
    [["--step", "60"], /--step only goes with --backfill/],
    [["--format", "csv"], /--format only goes with --dry-run/],
    [["--dry-run", "--format", "csv"], /prints one system/],
    [["--backfill", "90"], /90d/],
    [["--backfill", "2026-02-01..2026-01-01"], /FROM has to be before TO/],
    [["--start-time", "yesterday"], /UTC time/],
    [["--start-time", "2999-02-26"], /begin in the future.*2999-02-26T00:00:00/s],
    [["--backfill", "2999-02-26.."], /begin in the future/],
    [["--backfill", "800000d"], /begin before 1970/],
    [["--backfill", "99999999999d"], /begin before 1970/],
    [["--faults", "invalid=2"], /Use shares from 0 to 1/],
    [["--profile", "1,2"], /24 numbers/],
  ];
  const { stderr } = process;
  const original = stderr.write;
  for (const [args, ...patterns] of cases) {
    let printed = "";
    stderr.write = (text: string | Uint8Array) => (printed += text, true);
    try {
      parseProducerOptions(args, { name: "test" });
      assert.fail(args.join(" "));
    } catch (error) {
      assert.ok(error instanceof CommanderError || error instanceof UserError, String(error));
      assert.equal(error instanceof UserError ? error.exitCode : 2, 2);
      printed += error.message;
    } finally {
      stderr.write = original;
    }
    for (const pattern of patterns) assert.match(printed, pattern);
  }
  assert.equal(parseProducerOptions(["--rate", "12"], { name: "test" }).interval, 0.5);
});

Deno.test("deletedSince() counts what a killed run may have published and nobody can read", () => {
  const log = (partition: number, low: number, high: number) => ({
    partition,
    low: String(low),
    high: String(high),
  });
  assert.equal(deletedSince(new Map([[0, 5]]), [log(0, 0, 9)]), 0);
  assert.equal(deletedSince(new Map([[0, 5], [1, 2]]), [log(0, 7, 9), log(1, 2, 2)]), 2);
  assert.ok(deletedSince(new Map([[0, 5]]), [log(0, 0, 4)]) >= 30_000, "the topic was made again");
});

Deno.test("openWorld() passes over what a killed run has published, and counts what lies ahead", () => {
  const open = (published: number[]) =>
    openWorld({
      identity: { seed: 1, base: 7, start: 0, step: 1_000_000 },
      types: ["sales"],
      curve: flat,
      stretches: new Map([["sales", [{ round: 0, start: 0, step: 1_000_000 }]]]),
      next: new Map([["sales", 2]]),
      published: new Map([["sales", new Set(published)]]),
    });
  assert.deepEqual([open([]).round, open([]).pastAhead], [2, 0]);
  const world = open([2, 3, 5]);
  assert.deepEqual([world.round, world.pastAhead], [4, 1]);
  assert.deepEqual([...world.next(), ...world.next()].map(({ isPast }) => isPast), [false, true]);
});
