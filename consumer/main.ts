import "../shared/require_permissions.ts";
import { runEntry } from "../shared/entry.ts";
import { consume } from "./consume.ts";

await runEntry((stop) => consume(Deno.args, stop));
