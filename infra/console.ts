import { projectFolder } from "../shared/cli/project_folder.ts";
import { portVariables } from "./services.ts";
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
      // It looks for the services where this runtime has them.
      env: portVariables("native", ports),
    });
  },
  async ask(signal) {
    const response = await fetch(`http://127.0.0.1:${ports.console}/healthz`, { signal });
    const text = await response.text();
    if (text !== "ok\n") throw new Error(`/healthz answered "${text.trim()}"`);
  },
});
