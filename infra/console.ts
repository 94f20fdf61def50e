import { projectFolder } from "../shared/cli/project_folder.ts";
import type { Ports } from "../shared/cli/settings.ts";
import { portsOf, servicesOf } from "./services.ts";
import { type DefineService, markerOf } from "./native_service.ts";

/** The console, on its own port and, natively, where Docker has the Kafka UI. */
export const consoleService: DefineService = ({ ports }, folders) => ({
  name: "console",
  prepare() {
    return Promise.resolve({
      command: Deno.execPath(),
      args: [
        ...["run", "-q", "-P=console", "console/main.ts"],
        `--also=${ports.kafkaUi}`,
        markerOf("console", folders),
      ],
      cwd: projectFolder,
      env: portVariables(ports),
    });
  },
  async ask(signal) {
    const response = await fetch(`http://127.0.0.1:${ports.console}/healthz`, { signal });
    const text = await response.text();
    if (text !== "ok\n") throw new Error(`/healthz answered "${text.trim()}"`);
  },
});

/** The variables of all services' ports: it looks for them where this runtime has them. */
function portVariables(ports: Ports): Record<string, string> {
  return Object.fromEntries(
    servicesOf("native").flatMap((name) =>
      portsOf(name, ports).map(({ variable, port }) => [variable, String(port)])
    ),
  );
}
