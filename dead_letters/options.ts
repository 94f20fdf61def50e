import { InvalidArgumentError } from "commander";
import { isType, type Type, types } from "../shared/catalogue/events.ts";
import { Option } from "../shared/cli/options.ts";
import type { Filter } from "./letters.ts";
import { formatPlace, parsePlace } from "../shared/formats/place.ts";

/** The filters of a command line, as its parser gives them. */
export interface FilterOptions extends Record<string, unknown> {
  readonly type?: Type[];
  readonly reason?: string;
  readonly origin?: string[];
}

/** The options that choose dead letters. */
function filterOptions(): Option[] {
  return [
    new Option("--type <types>", `only these event types: ${types.join(", ")}`)
      .argParser<Type[]>((value, previous) => [...previous ?? [], ...value.split(",").map(toType)]),
    new Option("--reason <text>", "only letters whose reason contains this text"),
    new Option("--origin <topic/partition/offset>", "only this letter; repeatable")
      .argParser<string[]>((value, previous) => [...previous ?? [], toOrigin(value)]),
  ];
}

/** The flags of the list. */
export const listOptions: Option[] = [
  ...filterOptions(),
  new Option("--all", "include those that were replayed"),
  new Option("--json", "one JSON object per line, with the full value"),
];

/** The flags of a replay. */
export const replayOptions: Option[] = [
  ...filterOptions(),
  new Option("--dry-run", "only show what would be sent"),
];

/** The filter that the options ask for. */
export function toFilter({ type, reason, origin }: FilterOptions): Filter {
  return { types: type, reason, origins: origin };
}

function toType(name: string): Type {
  if (isType(name.trim())) return name.trim() as Type;
  throw new InvalidArgumentError(`Use one or more of ${types.join(", ")}.`);
}

function toOrigin(value: string): string {
  const place = parsePlace(value);
  if (place) return formatPlace(place);
  throw new InvalidArgumentError("Use topic/partition/offset, such as sales_topic/1/42.");
}
