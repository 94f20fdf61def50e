import "../shared/require_permissions.ts";
import { runEntry } from "../shared/entry.ts";
import { produce } from "./produce.ts";

await runEntry((signal) =>
  produce(Deno.args, { name: "producers/inventory.ts", type: "inventory", signal })
);
