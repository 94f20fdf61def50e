/**
 * Stops what tests have started once no test process lives any more. A test process cannot do that
 * itself: it may be killed, and a test file does not know whether it is the last one.
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { holdLock } from "../../infra/lock.ts";
import { selectRuntime } from "../../infra/select_runtime.ts";
import { pause } from "../../shared/cli/backoff.ts";
import { killRunning } from "./program.ts";
import { type Env, settingsOf, TEST_DIR } from "./settings.ts";

/** Held while services start, and by the reaper while it stops them. */
const SERVICES_LOCK = `${TEST_DIR}/services.lock`;

const REAPER_LOCK = `${TEST_DIR}/reaper.lock`;
/** One file for each test process and runtime folder that it uses: `<pid>-<folder>.json`. */
const USES = `${TEST_DIR}/uses`;
const POLL_MS = 250;
/** A reaper that has just finished may hold its lock still; one at work holds it for longer, in ms. */
const GIVE_UP_MS = 3_000;

/**
 * Notes that this test process uses the services of an environment, and sees to a reaper.
 *
 * @returns the lock under which the services that all tests share are started
 */
export async function registerTestProcess(env: Env): Promise<Disposable> {
  await Deno.mkdir(TEST_DIR, { recursive: true });
  const lock = await holdLock(SERVICES_LOCK);
  await Deno.mkdir(USES, { recursive: true });
  const file = `${USES}/${Deno.pid}-${env.RUNTIME_DIR?.replaceAll("/", "_")}.json`;
  await Deno.writeTextFile(file, JSON.stringify({ pid: Deno.pid, env }));
  // A second reaper sees that there is one, and ends.
  const reaper = spawn(Deno.execPath(), ["run", "-q", "-A", import.meta.filename!], {
    detached: true,
    stdio: "ignore",
  });
  reaper.unref();
  return lock;
}

/** Resolves when there is no reaper at work: all that tests had started is stopped. */
export async function awaitReaper(signal?: AbortSignal): Promise<void> {
  try {
    using _lock = await holdLock(REAPER_LOCK, { signal });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

interface Use {
  readonly file: string;
  readonly pid: number;
  readonly env: Env;
}

async function reap(): Promise<void> {
  using _reaper = await holdLock(REAPER_LOCK, { signal: AbortSignal.timeout(GIVE_UP_MS) });
  for (;;) {
    const uses = await readUses();
    if (!uses.some(({ pid }) => isAlive(pid))) {
      // Who wants to start services now waits, and starts a reaper of its own after us.
      using _lock = await holdLock(SERVICES_LOCK);
      const last = await readUses();
      if (last.some(({ pid }) => isAlive(pid))) continue;
      await killPrograms();
      for (const { env } of last) await stopServices(env);
      await removeAll();
      return;
    }
    await pause(POLL_MS);
  }
}

async function stopServices(env: Env): Promise<void> {
  // The local S3 counts as chosen by the AWS variables being unset, as it was for the test process.
  for (const [name, value] of Object.entries(env)) process.env[name] = value;
  const runtime = await selectRuntime(settingsOf(env));
  await runtime.stop({ purge: true, log: () => {} });
}

/** Ends producers and consumers whose test was killed before it could. */
async function killPrograms(): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(TEST_DIR)) {
    if (!isDirectory) continue;
    await killRunning(`${TEST_DIR}/${name}`);
  }
}

/** Removes all but the locks, which other processes may hold open. */
async function removeAll(): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(TEST_DIR)) {
    if (isDirectory) await Deno.remove(`${TEST_DIR}/${name}`, { recursive: true });
  }
}

async function readUses(): Promise<Use[]> {
  const uses: Use[] = [];
  for await (const { name } of Deno.readDir(USES)) {
    const file = `${USES}/${name}`;
    try {
      uses.push({ file, ...JSON.parse(await Deno.readTextFile(file)) });
    } catch (error) {
      // Just being written: looked at again next time.
      if (!(error instanceof SyntaxError)) throw error;
      uses.push({ file, pid: Deno.pid, env: {} });
    }
  }
  return uses;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  try {
    await reap();
  } catch (error) {
    // Another reaper is at work.
    if (!(error instanceof DOMException && error.name === "TimeoutError")) throw error;
  }
}
