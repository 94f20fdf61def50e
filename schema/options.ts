import { Option } from "../shared/cli/options.ts";

/** The flags of the schemas. */
export const schemaOptions = [
  new Option(
    "--format <format>",
    "json-schema: one schema an event type; asyncapi: the topics; markdown: the data dictionary",
  ).choices(["json-schema", "asyncapi", "markdown"]).default("json-schema"),
];
