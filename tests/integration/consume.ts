import type { ConsumerStatus } from "../../consumer/status.ts";
import { type Program, program } from "./program.ts";
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

/** What the sandbox's consumer says of itself. */
export async function status(box: Sandbox): Promise<ConsumerStatus> {
  const response = await fetch(`http://127.0.0.1:${box.env.STATUS_PORT}/status`);
  return await response.json();
}

/** Waits until what the sandbox's consumer says of itself is right; it may not have started yet. */
export async function says(
  box: Sandbox,
  what: string,
  condition: (status: ConsumerStatus) => boolean,
): Promise<void> {
  await until(what, async () => {
    const state = await status(box).catch(() => undefined);
    return state !== undefined && condition(state);
  });
}

/** Waits until the sandbox's consumer has taken so many messages. */
export async function taken(box: Sandbox, count: number): Promise<void> {
  await says(box, `${count} messages are taken`, ({ totals }) => totals.events >= count);
}

/** Waits until the sandbox's consumer owns so many partitions. */
export async function owns(box: Sandbox, count: number): Promise<void> {
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
