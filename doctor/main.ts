import "../shared/cli/require_permissions.ts";
import { selectRuntime } from "../infra/select_runtime.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { loadSettings } from "../shared/cli/environment.ts";
import { orInterrupted } from "../shared/cli/interruption.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { progressLine, withSeconds } from "../shared/cli/progress.ts";
import { taskCommand } from "../shared/cli/task_command.ts";
import { machineFindings } from "./machine.ts";
import { placeFindings } from "./place_findings.ts";
import { findingsText, verdictText } from "./text.ts";

await runEntry(async (signal) => {
  parseOptions(
    "doctor",
    "Check this machine, and where data goes: what would fail, why, and what to do. Changes nothing.",
    [],
    Deno.args,
  );
  const settings = loadSettings();
  const look = async (signal: AbortSignal) => {
    using progress = progressLine();
    progress.show(withSeconds("Checking this machine, and where data goes…"));
    const runtime = await selectRuntime(settings, { signal });
    const [machine, places] = await Promise.all([
      machineFindings(runtime, settings, signal),
      placeFindings(settings, signal),
    ]);
    return { machine, places };
  };
  const nothing = ["nothing was checked", `run it again: ${taskCommand("doctor")}`] as const;
  const { machine, places } = await orInterrupted(look, signal, nothing);
  const all = [...machine, ...places];
  console.log(
    ["This machine", ...findingsText(machine), "", "Data goes", ...findingsText(places)].join("\n"),
  );
  console.log(`\n${verdictText(all)}`);
  return all.some(({ state }) => state === "problem") ? 1 : 0;
});
