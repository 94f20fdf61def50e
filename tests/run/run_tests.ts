import { Buffer } from "node:buffer";
import { globSync, statSync } from "node:fs";
import process from "node:process";
import pLimit from "p-limit";
import { awaitReaper } from "../integration/reaper.ts";
import { type Outcome, outcomeOf } from "./junit.ts";

/** How long the services of the tests may take to stop, in ms. */
const REAP_MS = 300_000;
/** Files of these run side by side, in processes of their own: their tests mostly wait for services. */
const SIDE_BY_SIDE = /^(\.\/)?tests\/integration\//;
const AT_ONCE = 3;

/**
 * Runs test files in processes of their own, and waits until the services that they have started are
 * stopped. Those of integration run side by side, each file's output in one piece; all others after one
 * another, in one process. Types are checked by `deno task static`.
 *
 * @param args files, folders and flags of `deno test`
 * @param options.apart folders that are left out
 * @param options.env added to our own environment
 * @param options.signal stops them
 * @throws `signal.reason` when aborted: they did not all run
 */
export async function runTests(
  args: readonly string[],
  options: { apart?: readonly string[]; env?: Record<string, string>; signal: AbortSignal },
): Promise<Outcome> {
  const isPath = (arg: string) => statSync(arg, { throwIfNoEntry: false }) !== undefined;
  const flags = args.filter((arg) => !isPath(arg));
  const jobs = jobsOf(args.filter(isPath).flatMap((path) => testFiles(path, options.apart)));
  const limit = pLimit(AT_ONCE);
  const outcomes = await Promise.all(
    jobs.map((files) =>
      limit(() => runFiles(files, { ...options, flags, inOnePiece: jobs.length > 1 }))
    ),
  );
  const failed = await awaitReaper(AbortSignal.timeout(REAP_MS)).then(() => [], () => [
    `the services of the tests did not stop within ${REAP_MS / 1_000} s`,
  ]);
  options.signal.throwIfAborted();
  return sumOf([...outcomes, { passed: 0, skipped: 0, failed }]);
}

/** Adds up what test processes have done. */
export function sumOf(outcomes: readonly Outcome[]): Outcome {
  return {
    passed: outcomes.reduce((sum, { passed }) => sum + passed, 0),
    skipped: outcomes.reduce((sum, { skipped }) => sum + skipped, 0),
    failed: outcomes.flatMap(({ failed }) => failed),
  };
}

/** What a run of tests ends with: those that failed, and the line `N passed, N failed`. */
export function summaryOf({ passed, failed, skipped }: Outcome): string {
  const counts = `${passed} passed, ${failed.length} failed`;
  const lines = [...failed, skipped > 0 ? `${counts}, ${skipped} skipped` : counts];
  return lines.join("\n");
}

/** The files of each process; the long ones begin first, lest one is left for the end. */
function jobsOf(files: readonly string[]): string[][] {
  const aside = files.filter((file) => SIDE_BY_SIDE.test(file))
    .toSorted((a, b) => statSync(b).size - statSync(a).size);
  const others = files.filter((file) => !SIDE_BY_SIDE.test(file));
  return [...others.length > 0 ? [others] : [], ...aside.map((file) => [file])];
}

function testFiles(path: string, apart: readonly string[] = []): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return globSync(`${path.replace(/\/+$/, "")}/**/*_test.ts`)
    .filter((file) => !apart.some((folder) => file.startsWith(`${folder}/`)))
    .toSorted();
}

/** Tests that could not even be loaded count as one that has failed. */
async function runFiles(
  files: readonly string[],
  { flags, env, inOnePiece, signal }: {
    flags: readonly string[];
    env?: Record<string, string>;
    inOnePiece: boolean;
    signal: AbortSignal;
  },
): Promise<Outcome> {
  if (signal.aborted) return sumOf([]);
  const report = await Deno.makeTempFile({ suffix: ".xml" });
  try {
    const stdio = inOnePiece ? "piped" : "inherit";
    // Ctrl-C reaches the tests too, from the terminal; we wait for them and for their services.
    const child = new Deno.Command(Deno.execPath(), {
      args: ["test", "-q", "-A", "--no-check", `--junit-path=${report}`, ...flags, ...files],
      ...{ env, signal, stdout: stdio, stderr: stdio },
    }).spawn();
    const printed: Uint8Array[] = [];
    const keep = async (stream: ReadableStream<Uint8Array>) => {
      for await (const part of stream) printed.push(part);
    };
    const [{ success }] = await Promise.all([
      child.status,
      ...inOnePiece ? [keep(child.stdout), keep(child.stderr)] : [],
    ]);
    process.stdout.write(Buffer.concat(printed));
    const outcome = outcomeOf(await Deno.readTextFile(report));
    if (success || outcome.failed.length > 0) return outcome;
    return { ...outcome, failed: [`could not be run => ${files.join(" ")}`] };
  } finally {
    await Deno.remove(report);
  }
}
