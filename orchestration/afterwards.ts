import { accessPoints } from "../infra/access_points.ts";
import type { Runtime, ServiceName } from "../infra/runtime.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import type { Settings } from "../shared/cli/settings.ts";

/**
 * How to look at what the demo has left behind.
 *
 * @param started the services that the demo has started, and stopped again
 */
export function afterwards(
  settings: Settings,
  runtime: Runtime["name"],
  started: readonly ServiceName[],
): string[] {
  const [, ...addresses] = accessPoints(settings, runtime);
  const status = taskCommand("status");
  return [
    started.length > 0
      ? `The services are stopped; their data is kept. To look at it: ${
        taskCommand("kafka:start")
      }, then ${status}, or`
      : `The services keep running. To look at their data: ${status}, or`,
    ...addresses,
    `To delete the data: ${taskCommand("kafka:stop --purge")}`,
  ];
}
