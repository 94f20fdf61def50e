import "../shared/require_permissions.ts";
import { runEntry } from "../shared/entry.ts";
import { untilStopped } from "../shared/interruption.ts";
import { etl } from "./etl.ts";

await runEntry((stop) => untilStopped(stop, () => etl(Deno.args, stop)));
