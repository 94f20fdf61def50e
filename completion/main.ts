import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { Argument, parseOptions } from "../shared/cli/options.ts";
import { type Shell, shells } from "./scripts.ts";
import { completedTasks } from "./words.ts";

await runEntry((_signal) => {
  const { shell } = parseOptions<{ shell: Shell }>(
    "completion",
    "Print a script that completes this project's tasks and their flags after `deno task`.",
    [],
    Deno.args,
    new Argument("<shell>", "which one").choices(Object.keys(shells)),
  );
  console.log(shells[shell](completedTasks));
  return Promise.resolve();
});
