import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { untilStopped } from "../shared/cli/interruption.ts";
import { etl } from "./load/etl.ts";

await runEntry((stop) => untilStopped(stop, () => etl(Deno.args, stop)));
