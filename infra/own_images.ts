import { taskCommand } from "../shared/cli/task_command.ts";
import type { CommandResult } from "./command.ts";
import { tail } from "./log_tail.ts";
import type { ServiceName } from "./runtime.ts";

/** Lines of what a build has said that tell why it failed. */
const SHOWN_LINES = 3;

/**
 * Builds the console's image, which is of this checkout. A build may need registries that the pulled
 * images do not; the pipeline does not need the console, and starts without it where that fails.
 *
 * @param build builds the image of a service
 * @returns the services that can be started
 */
export async function withoutUnbuilt(
  wanted: readonly ServiceName[],
  build: (name: ServiceName) => Promise<CommandResult>,
  log: (line: string) => void,
): Promise<ServiceName[]> {
  if (!wanted.includes("console")) return [...wanted];
  const { code, stderr } = await build("console");
  if (code === 0) return [...wanted];
  log("Starting without the console, because its image cannot be built:");
  log(tail(stderr, SHOWN_LINES));
  log(`  → see it without Docker: ${taskCommand("console")}`);
  return wanted.filter((name) => name !== "console");
}
