import "../shared/require_permissions.ts";
import { runEntry } from "../shared/entry.ts";
import { untilStopped } from "../shared/interruption.ts";
import { consume } from "./consume.ts";

await runEntry((stop) => untilStopped(stop, () => consume(Deno.args, stop)));
