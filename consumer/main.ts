import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { untilStopped } from "../shared/cli/interruption.ts";
import { consume } from "./consume.ts";

await runEntry((stop) => untilStopped(stop, () => consume(Deno.args, stop)));
