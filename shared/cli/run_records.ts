import { rootMessage } from "./errors.ts";

/** What leaves a record when it ends. */
export const runKinds = ["demo", "scenario", "verify", "torture", "simulate", "bench"] as const;
/** One of them. */
export type RunKind = (typeof runKinds)[number];

/** A run that has ended, and what came of it. */
export interface RunRecord {
  readonly kind: RunKind;
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  /** How long it took, in s. */
  readonly seconds: number;
  /** `failed`: it found something wrong. `interrupted`: somebody has ended it before it was done. */
  readonly outcome: "passed" | "failed" | "interrupted";
  readonly arguments: readonly string[];
  /** What it has counted or measured, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

/** How many records of a kind are kept. */
const KEPT = 100;
/** How a record is called: when it began, and of what kind it is. */
const FILE = /^(\d{8}T\d{9})-([a-z]+)\.json$/;

/**
 * Leaves a record of a run in `<runtimeDir>/runs`; the oldest of its kind go. A run is not worth less
 * where that fails: then it is said.
 *
 * @param run.startedAt when it began
 */
export async function recordRun(
  runtimeDir: string,
  run: Omit<RunRecord, "startedAt" | "seconds"> & { readonly startedAt: Date },
): Promise<void> {
  const folder = `${runtimeDir}/runs`;
  const { kind, startedAt, outcome, arguments: args, figures } = run;
  const record: RunRecord = {
    kind,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    outcome,
    arguments: args,
    figures,
  };
  const name = `${record.startedAt.replace(/[-:.Z]/g, "")}-${kind}.json`;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}.new`, `${JSON.stringify(record)}\n`);
    await Deno.rename(`${folder}/${name}.new`, `${folder}/${name}`);
    const others = (await namesIn(folder)).filter((name) => FILE.exec(name)![2] === kind);
    for (const old of others.slice(0, -KEPT)) await Deno.remove(`${folder}/${old}`);
  } catch (error) {
    console.error(`No record of this run in ${folder}: ${rootMessage(error)}`);
  }
}

/** The records in a runtime folder, newest first; what is none is passed over. */
export async function listRuns(runtimeDir: string): Promise<RunRecord[]> {
  const folder = `${runtimeDir}/runs`;
  const records = await Promise.all((await namesIn(folder)).map(async (name) => {
    try {
      const record: RunRecord = JSON.parse(await Deno.readTextFile(`${folder}/${name}`));
      return runKinds.includes(record.kind) && typeof record.figures === "object" ? [record] : [];
    } catch {
      // It was removed meanwhile, or a full disk has cut it.
      return [];
    }
  }));
  return records.flat().reverse();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return entries.filter((name) => FILE.test(name)).toSorted();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
