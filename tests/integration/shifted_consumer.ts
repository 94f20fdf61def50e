import { runEntry } from "../../shared/cli/entry.ts";

// A consumer on a machine whose clock is CLOCK_SHIFT_MS ahead.
const shift = Number(Deno.env.get("CLOCK_SHIFT_MS"));
const { now } = Date;

globalThis.Date = class extends Date {
  constructor(value: number | string | Date = now() + shift) {
    super(value);
  }
  static override now(): number {
    return now() + shift;
  }
} as DateConstructor;

// Loaded only now, so that nothing of it has kept the clock that is right.
const { consume } = await import("../../consumer/consume.ts");
await runEntry((stop) => consume(Deno.args, stop));
