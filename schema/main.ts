import "../shared/cli/require_permissions.ts";
import { runEntry } from "../shared/cli/entry.ts";
import { types } from "../shared/catalogue/events.ts";
import { parseOptions } from "../shared/cli/options.ts";
import { asyncApi } from "./asyncapi.ts";
import { dictionary } from "./dictionary.ts";
import { eventSchema } from "./json_schema.ts";
import { schemaOptions } from "./options.ts";

await runEntry(() => {
  const about = "Print the schemas of the events.";
  const { format } = parseOptions<{ format: string }>("schema", about, schemaOptions, Deno.args);
  if (format === "markdown") {
    console.log(dictionary().trimEnd());
    return Promise.resolve();
  }
  const schema = format === "asyncapi"
    ? asyncApi()
    : Object.fromEntries(types.map((type) => [type, eventSchema(type)]));
  console.log(JSON.stringify(schema, null, 2));
  return Promise.resolve();
});
