import { accessPoints } from "../infra/access_points.ts";
import type { Runtime, ServiceName } from "../infra/runtime.ts";
import type { Settings } from "../shared/settings.ts";

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
  return [
    started.length > 0
      ? "The services are stopped; their data stays. To look at it: deno task kafka:start, then deno task status, or"
      : "The services go on running. To look at their data: deno task status, or",
    ...addresses,
    "To delete their data: deno task kafka:stop --purge",
  ];
}
