import { pause } from "../../shared/cli/backoff.ts";
import type { Event, Type } from "../../shared/catalogue/events.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import type { Claim } from "../world/claim.ts";
import { createGate } from "./gate.ts";
import type { ProducerOptions } from "../options.ts";
import type { Plan } from "./schedule.ts";
import type { Publisher } from "./publisher.ts";
import { dueRounds } from "./rounds.ts";
import type { Truth } from "./truth.ts";
import type { Made, World } from "../world/world.ts";

/** How often to check whether the sale of a payment is there, in ms. */
const CHECK_MS = 1_000;

/** Publishes a world at its pace, in order, until the count is reached or the signal aborts. */
export async function publishWorld(
  world: World,
  plan: Plan,
  run: {
    options: ProducerOptions;
    claim?: Claim;
    truth: Truth;
    publisher: Pick<Publisher, "publish">;
    signal: AbortSignal;
    print: (text: string) => Promise<void>;
    onAck: (events: readonly Event[]) => Promise<void>;
  },
): Promise<void> {
  const { options, claim, truth, publisher, signal, print, onAck } = run;
  const { interval, speed, types } = options;
  // Counts events, not rounds: those that a killed run has published are not this one's.
  const count = options.count && options.count + world.pastAhead;
  const waits = claim && types.includes("payments") && !types.includes("sales");
  const gate = createGate(() => waits ? claim.publishedBy("sales") : Promise.resolve(Infinity));
  let inFlight: Promise<void> | undefined;
  let isReported = false;

  const reachedNow = () => {
    const reached = world.rounds();
    if (gate.held.length > 0) reached.set("payments", gate.held[0]!.round);
    return reached;
  };

  /** Sends what may be sent, while the next is made. */
  const send = async (made: readonly Made[]) => {
    const free = await gate.pass(made);
    if (gate.held.length > 0 && !isReported) await print(waitingFor(gate.held[0]!.paidRound));
    isReported = gate.held.length > 0;
    const events = truth.pass(free);
    const reached = reachedNow();
    const held = claim ? earliest(truth.held, claim) : new Map();
    await inFlight;
    inFlight = publisher.publish(events, onAck).then(() => claim?.advance(reached, held));
    inFlight.catch(() => {/* It is awaited before the next, and at the end. */});
  };

  const onLive = claim?.change;
  for await (const due of dueRounds(world, plan, { interval, count, speed, signal, onLive })) {
    await send(Array.from({ length: due }, () => world.next()).flat());
    // Without a pause in between, the next events are generated while these are in flight.
    if (interval > 0 && plan.pastUntil === undefined) await inFlight;
  }
  await inFlight;
  while (gate.held.length > 0 && !signal.aborted) {
    await pause(CHECK_MS, signal).catch(() => {});
    await send([]);
  }
  await inFlight;
  await publisher.publish(truth.flush(), onAck);
  claim?.advance(reachedNow(), new Map());
}

/** The earliest round of each system among events that are held back. */
function earliest(held: readonly Event[], { roundOf }: Claim): Map<Type, number> {
  const rounds = new Map<Type, number>();
  for (const event of held) {
    const { event_type: type } = event;
    rounds.set(type, Math.min(roundOf(event), rounds.get(type) ?? Infinity));
  }
  return rounds;
}

function waitingFor(round: number): string {
  const what = round === 0
    ? "There is no sale in sales_topic to pay yet"
    : "The sale that is to be paid next is not in sales_topic yet";
  return `${what}: payments wait (${taskCommand("produce:sales")})\n`;
}
