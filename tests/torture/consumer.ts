import { consume } from "../../consumer/consume.ts";
import { runEntry } from "../../shared/cli/entry.ts";
import { crashAt } from "./crash_points.ts";

// A consumer that crashes where CRASH says: {"point":"after plan","time":3}.
await runEntry((stop) => consume(Deno.args, stop, crashAt(JSON.parse(Deno.env.get("CRASH")!))));
