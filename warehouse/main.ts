import "../shared/require_permissions.ts";
import { runEntry } from "../shared/entry.ts";
import { etl } from "./etl.ts";

await runEntry((stop) => etl(Deno.args, stop));
