import config from "../../deno.json" with { type: "json" };
import { aliases, derivations } from "../../shared/catalogue/aliases.ts";
import { catalogue, envelope, topicOf, types } from "../../shared/catalogue/events.ts";
import type { Kind } from "../../shared/catalogue/fields.ts";
import { exitCodes } from "../../shared/cli/exit_codes.ts";
import { variables } from "../../shared/cli/settings.ts";
import { limits } from "../../warehouse/sql/rules.ts";
import { type Blocks, code, markdownTable } from "./blocks.ts";
import { metricsTable } from "./metrics_table.ts";
import { programFlags } from "./program_flags.ts";
import { statusFields } from "./status_fields.ts";

/** The blocks that are made of what stands in the code. */
export const codeBlocks: Blocks = {
  settings: () =>
    markdownTable(
      ["variable", "default", "meaning"],
      Object.entries(variables).map(([name, { default: value, about }]) => [
        ...[code(name), code(value), about],
      ]),
    ),

  permissions: () =>
    markdownTable(
      ["set", "hosts", "reads", "writes"],
      Object.entries(config.permissions as Readonly<Record<string, PermissionSet>>).map(
        ([set, { net = [], read = [], write = [] }]) => [
          code(set),
          // An asterisk would be emphasis.
          net.filter((host) => host !== "127.0.0.1")
            .map((host) => host.includes("*") ? code(host) : host).join(", "),
          read === true ? "all" : ("allow" in read ? read.allow : read)
            .map((path) => path === "." ? "the project" : code(path)).join(", "),
          write.map(code).join(", "),
        ],
      ),
    ),

  flags: () => programFlags(),
  status: () => statusFields(),
  metrics: () => metricsTable(),
  "exit-codes": () => markdownTable(["exit code", "meaning"], exitCodes),

  events: () =>
    types.map((type) => {
      const { prefix, key, fields } = catalogue[type];
      return `- **${type}**: \`${
        topicOf(type)
      }\`, files in \`${type}/\`, ids \`${prefix}-\`, keyed by \`${key}\`: ${
        Object.keys(fields).join(" ")
      }`;
    }).join("\n"),

  kinds: () => {
    const kinds = fieldKinds();
    const own = [...kinds].filter(([field]) => !field.endsWith("_id"));
    const isTold = (kind: string, field: string) => kind !== "text" && field !== "event_type";
    const groups = Map.groupBy(own, ([, { expected }]) => expected);
    const ids = kinds.get("event_id")!.expected;
    return markdownTable(["kind", "fields"], [
      ...[...groups].filter(([kind]) => kind !== "text").map(([kind, fields]) => [
        kind,
        [
          ...kind === ids ? ["every field that ends with `_id`,"] : [],
          ...fields.map(([field]) => field).filter((field) => isTold(kind, field)),
        ].join(" "),
      ]).toSorted(([a], [b]) => Number(b === ids) - Number(a === ids)),
      ["text", "all others"],
    ]);
  },

  required: () =>
    markdownTable(
      ["type", "column"],
      types.flatMap((type) => catalogue[type].required.map((name) => [type, name])),
    ),

  sets: () =>
    markdownTable(
      ["field", "values", "other words for them"],
      [...fieldKinds()].filter(([, { values }]) => values).map(([field, kind]) => [
        field,
        kind.values!.join(", "),
        Object.entries(kind.synonyms ?? {}).map(([word, value]) => `${word}: ${value}`).join(", "),
      ]),
    ),

  limits: () =>
    markdownTable(
      ["field", "is taken"],
      Object.entries(limits).map(([field, range]) => [field, range.join(" to ")]),
    ),

  "other-names": () =>
    markdownTable(
      ["type", "field", "other names"],
      Object.entries(aliases).flatMap(([type, fields]) =>
        Object.entries(fields).map(([field, names]) => [type, field, names.join(", ")])
      ),
    ),

  derivations: () =>
    markdownTable(
      ["type", "columns", "fill", "with"],
      Object.entries(derivations).flatMap(([type, all]) =>
        all.map(({ from, into, about }) => [
          ...[type, from.map(([name]) => name).join(", "), into.join(", "), about],
        ])
      ),
    ),
};

interface PermissionSet {
  readonly net?: readonly string[];
  readonly read?: true | readonly string[] | { readonly allow: readonly string[] };
  readonly write?: readonly string[];
}

/** Every field of an event, and its kind. */
function fieldKinds(): Map<string, Kind> {
  const fields = [envelope, ...types.map((type) => catalogue[type].fields)];
  return new Map(fields.flatMap((of) => Object.entries<Kind>(of)));
}
