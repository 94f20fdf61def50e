import {
  aliases,
  type Derivation,
  derivations,
  plainName,
} from "../../shared/catalogue/aliases.ts";
import { columnsOf, envelope, type FileType, recordOf } from "../../shared/catalogue/events.ts";
import type { IsId } from "./source_row.ts";

/** Where a row's cells belong. */
export interface Columns {
  /**
   * For each column of the type, the places of cells that may fill it: the first that is filled
   * counts.
   */
  readonly places: readonly (readonly number[])[];
  /** What fills several fields, or is put together from several cells. */
  readonly derived: readonly Derived[];
}

/** A derivation with the places of its cells. */
export interface Derived {
  readonly from: readonly number[];
  readonly read: Derivation["read"];
}

/** Returns the function that finds where the cells of rows with these names belong. */
export function columnFinder(type: FileType): (names: readonly string[]) => Columns {
  const fields = columnsOf(type);
  const others = aliases[type] ?? {};
  const isField = new Set(fields.map(plainName));
  // Copied, not moved: the event's own time may be its date as well.
  const shared = new Set(Object.keys(envelope).map(plainName));
  const known = new WeakMap<readonly string[], Columns>();

  return (names) => {
    const found = known.get(names);
    if (found) return found;
    const plain = names.map(plainName);
    const exactly = new Map(names.map((name, at) => [name, at]));
    const all = (name: string) => [...plain.keys()].filter((at) => plain[at] === plainName(name));
    const places = fields.map((field) => {
      const own = all(field).toSorted((a, b) =>
        Number(names[b] === field) - Number(names[a] === field)
      );
      const named = (others[field] ?? [])
        .filter((name) => !isField.has(plainName(name)) || shared.has(plainName(name)))
        .flatMap(all);
      return [...new Set([exactly.get(field), ...own, ...named])].filter((at) => at !== undefined);
    });
    const derived = (derivations[type] ?? []).flatMap(({ from, read }) => {
      const at = from.map((names) => names.flatMap(all)[0]);
      const isComplete = at.every((at) => at !== undefined && !isField.has(plain[at]!));
      return isComplete ? [{ from: at as number[], read }] : [];
    });
    const columns = { places, derived };
    known.set(names, columns);
    return columns;
  };
}

/** Returns the function that decides which columns can identify a row of a type. */
export function idFinder(type: FileType): IsId {
  const { idField, otherId = idField } = recordOf(type);
  const named = [idField, otherId].flatMap((field) => [field, ...aliases[type]?.[field] ?? []]);
  const ids = ["event_id", ...named].map(plainName);
  return (name) => ids.includes(plainName(name));
}
