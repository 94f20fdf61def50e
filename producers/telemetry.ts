import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { produce } from "./publishing/produce.ts";

await runEntry((signal) =>
  produce(Deno.args, { name: "producers/telemetry.ts", type: "telemetry", signal })
);
