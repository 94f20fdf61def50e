import assert from "node:assert/strict";
import type { ConsumerStatus } from "../../consumer/status/status.ts";
import type { Type } from "../../shared/catalogue/events.ts";
import { caughtUp } from "./group.ts";
import { type Ended, type Program, program } from "./program.ts";
import type { Sandbox } from "./sandbox.ts";
import { s3Proxy } from "./s3_proxy.ts";
import type { Env } from "./settings.ts";
import { until } from "./wait.ts";

/** Starts a consumer in a sandbox. */
export function consume(box: Sandbox, args: readonly string[], env: Env = {}): Program {
  return program("consumer/main.ts", args, {
    permissions: "consumer",
    env: { ...box.env, ...env },
  });
}

/** Starts a consumer on a machine whose clock is so many ms ahead. */
export function consumeAhead(
  shift: number,
): (box: Sandbox, args: readonly string[], env?: Env) => Program {
  return (box, args, env = {}) =>
    program("tests/integration/shifted_consumer.ts", args, {
      permissions: "orchestrator",
      env: { ...box.env, ...env, CLOCK_SHIFT_MS: String(shift) },
    });
}

/** What the sandbox's consumer says of itself. */
export async function status(box: Pick<Sandbox, "env">): Promise<ConsumerStatus> {
  const response = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/status`);
  return await response.json();
}

/** Waits until what the sandbox's consumer says of itself is right; it may not have started yet. */
export async function says(
  box: Pick<Sandbox, "env">,
  what: string,
  condition: (status: ConsumerStatus) => boolean,
): Promise<void> {
  let state: ConsumerStatus | undefined;
  await until(what, async () => {
    state = await status(box).catch(() => undefined);
    return state !== undefined && condition(state);
  }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(state)}`, { cause: error });
  });
}

/** Waits until the sandbox's consumer has taken so many messages. */
export async function taken(box: Sandbox, count: number): Promise<void> {
  await says(box, `${count} messages are taken`, ({ totals }) => totals.events >= count);
}

/** Waits until the sandbox's consumer owns so many partitions. */
export async function owns(box: Pick<Sandbox, "env">, count: number): Promise<void> {
  await says(
    box,
    `${count} partitions are owned`,
    ({ assignment }) =>
      Object.values(assignment).flatMap((topic) => Object.keys(topic)).length === count,
  );
}

/** Runs a consumer and kills it when it has planned files and completed none. */
export async function planAndDie(box: Sandbox, args: readonly string[]): Promise<void> {
  const planned = Promise.withResolvers<void>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (request.isCompletion) planned.resolve();
    else await request.forward();
  });
  await using victim = consume(box, args, proxy.env);
  await planned.promise;
  victim.signal("SIGKILL");
  await victim.ended();
}

/** Runs a consumer until it has caught up with these types, and stops it in order. */
export async function landAll(
  box: Sandbox,
  args: readonly string[],
  types: readonly Type[],
  start = consume,
): Promise<Ended> {
  await using consumer = start(box, args);
  await caughtUp(box, types);
  consumer.signal("SIGINT");
  return await consumer.ended();
}

/** Where a consumer is killed, as far as its files are concerned. */
export type CrashPoint = "after the plan" | "in the middle of completion" | "after completion";

/**
 * Runs a consumer until it has planned so many files, and kills it before it completes any, when the
 * first of each type is completed, or when all are and it does not know. Files of a type that are
 * uploaded at the same time may stand in one plan or in two: let there be one of each type where the
 * second plan would not come.
 *
 * @param files at most as many as a consumer uploads at once
 */
export async function crash(
  box: Sandbox,
  args: readonly string[],
  { point, files, start = consume }: {
    point: CrashPoint;
    files: number;
    start?: typeof consume;
  },
): Promise<void> {
  const uploaded = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  let uploads = 0;
  let completions = 0;
  const begun = new Set<string>();
  await using proxy = await s3Proxy(box.settings.ports.s3, async (request) => {
    if (request.method === "PUT" && request.url.searchParams.has("partNumber")) {
      await request.forward();
      if (++uploads === files) uploaded.resolve();
      return await uploaded.promise;
    }
    if (!request.isCompletion) return await request.forward();
    const type = request.url.pathname.split("/")[2]!;
    const first = !begun.has(type);
    begun.add(type);
    const forwarded = point === "after completion" ||
      (point === "in the middle of completion" && first);
    if (forwarded) await request.forward();
    if (++completions === files) reached.resolve();
    if (!forwarded || point === "after completion") await Promise.withResolvers<void>().promise;
  });
  await using victim = start(box, args, proxy.env);
  await Promise.race([reached.promise, victim.ended()]);
  victim.signal("SIGKILL");
  const { code, stderr } = await victim.ended();
  assert.equal(code, 137, stderr);
}
