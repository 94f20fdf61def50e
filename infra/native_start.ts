import { UserError } from "../shared/errors.ts";
import type { Settings } from "../shared/settings.ts";
import type { Folders, NativeService, ServiceCommand } from "./native_service.ts";
import { stopServices } from "./native_stop.ts";
import { checkPorts } from "./ports.ts";
import type { RuntimeOptions, ServiceName } from "./runtime.ts";
import { readRecord, type ServiceRecord } from "./service_record.ts";
import { portsOf, services } from "./services.ts";
import { awaitService, startService } from "./start_service.ts";
import { taskCommand } from "../shared/task_command.ts";

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
  for (const service of wanted) {
    const record = await readRecord(folders.runtimeDir, service.name);
    if (!record) {
      missing.push(service);
      continue;
    }
    requireSamePorts(service.name, record, settings);
    await awaitService(service, { folders, pid: record.pid, signal: options.signal });
  }
  if (missing.length === 0) return { alreadyRunning: true };
  await checkPorts(missing.flatMap(({ name }) => portsOf(name, settings.ports)), options);
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
      const ports = portsOf(service.name, settings.ports).map(({ port }) => port);
      const { patience } = service;
      await startService(service, command, { folders, ports, signal, patience });
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

function requireSamePorts(name: ServiceName, record: ServiceRecord, settings: Settings): void {
  for (const [index, { port, variable, title }] of portsOf(name, settings.ports).entries()) {
    if (record.ports[index] === port) continue;
    throw new UserError(
      `${title} runs already, on port ${record.ports[index]}, not on ${port}`,
      `stop it first with: ${taskCommand("kafka:stop")} (or set ${variable}=${
        record.ports[index]
      })`,
    );
  }
}
