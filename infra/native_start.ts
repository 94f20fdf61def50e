import { UserError } from "../shared/cli/errors.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { onceListed, requireService, type RunningService } from "./find_service.ts";
import type { Folders, NativeService, ServiceCommand } from "./native_service.ts";
import { stopServices } from "./native_stop.ts";
import { checkPorts, isFree } from "./ports.ts";
import type { RuntimeOptions, ServiceName } from "./runtime.ts";
import { writeRecord } from "./service_record.ts";
import { portsOf, services } from "./services.ts";
import { awaitService, startService } from "./start_service.ts";
import { taskCommand } from "../shared/cli/task_command.ts";

/**
 * Starts those of the services that do not run, and waits until all of them answer. When one fails
 * or `signal` aborts, those that this call had started are stopped again.
 *
 * @throws {UserError} when a port is taken, a tool is missing or a service does not come up
 */
export async function startMissing(
  wanted: NativeService[],
  settings: Settings,
  folders: Folders,
  options: RuntimeOptions,
): Promise<{ alreadyRunning: boolean }> {
  const missing: NativeService[] = [];
  const list = onceListed();
  for (const service of wanted) {
    const found = await requireService(service.name, folders, list);
    if (!found) {
      missing.push(service);
      continue;
    }
    const { pid, marker } = found;
    requireSamePorts(service.name, found, settings);
    const { timeout } = service;
    await awaitService(service, { folders, pid, signal: options.signal, timeout });
    if (found.ports) continue;
    const ports = portsOf(service.name, settings.ports, "native").map(({ port }) => port);
    writeRecord(folders.runtimeDir, service.name, { pid, marker, ports });
  }
  if (missing.length === 0) return { alreadyRunning: true };
  await checkPorts(missing.flatMap(({ name }) => portsOf(name, settings.ports, "native")), options);
  const commands: { service: NativeService; command: ServiceCommand }[] = [];
  for (const service of missing) {
    commands.push({ service, command: await service.prepare(options) });
  }

  // The first failure stops the waiting for the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...options.signal ? [options.signal] : []]);
  const startAll = async (group: typeof commands) => {
    for (const { service, command } of group) {
      options.log(`Starting ${services[service.name].title}…`);
      const ports = portsOf(service.name, settings.ports, "native").map(({ port }) => port);
      const { timeout } = service;
      await startService(service, command, { folders, ports, signal, timeout });
    }
  };
  // Kafka needs ZooKeeper; the others need nobody.
  const needsOrder = ({ service: { name } }: typeof commands[number]) =>
    name === "zookeeper" || name === "kafka";
  const groups = [
    commands.filter(needsOrder),
    ...commands.filter((command) => !needsOrder(command)).map((command) => [command]),
  ];
  const results = await Promise.allSettled(groups.map((group) =>
    startAll(group).catch((error) => {
      failed.abort(error);
      throw error;
    })
  ));
  if (results.every(({ status }) => status === "fulfilled")) return { alreadyRunning: false };
  const names = missing.map(({ name }) => name);
  await stopServices(names, folders, { log: () => {} });
  throw signal.reason;
}

function requireSamePorts(
  name: ServiceName,
  { pid, ports }: RunningService,
  settings: Settings,
): void {
  for (
    const [index, { port, variable, title }] of portsOf(name, settings.ports, "native").entries()
  ) {
    if (ports ? ports[index] === port : !isFree(port)) continue;
    throw new UserError(
      `${title} is already running, ${
        ports ? `on port ${ports[index]}` : `as pid ${pid}`
      }, not on ${ports ? "" : "port "}${port}`,
      `stop it first with: ${taskCommand("kafka:stop")} (or set ${variable}${
        ports ? `=${ports[index]}` : " to its port"
      })`,
    );
  }
}
