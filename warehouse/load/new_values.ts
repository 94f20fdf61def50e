import { excerpt, printable } from "../../shared/cli/printable.ts";

/** A value that is not in the catalogue's set of its field, and how many facts have it. */
export interface NewValue {
  readonly field: string;
  readonly value: string;
  readonly facts: number;
}

/** The most values that a line names. */
const NAMED = 5;
/** The most values of a field that are counted separately: a column may be free text. */
const KEPT = 10_000;

/** Counts new values, by field. */
export class NewValues {
  readonly #fields = new Map<string, Map<string, number>>();
  #untold = new Set<string>();

  /** Takes those of a load. */
  add(values: readonly NewValue[]): void {
    for (const { field, value, facts } of values) {
      const counts = this.#fields.get(field) ?? new Map<string, number>();
      this.#fields.set(field, counts);
      const before = counts.get(value);
      if (before === undefined && counts.size === KEPT) continue;
      if (before === undefined) this.#untold.add(field);
      counts.set(value, (before ?? 0) + facts);
    }
  }

  /**
   * One line for each field with new values since the last report, most frequent first, of equals in
   * the order of their letters: files are loaded side by side.
   */
  tell(): string[] {
    const fields = [...this.#untold].sort();
    this.#untold.clear();
    return fields.map((field) => {
      const counts = this.#fields.get(field)!;
      const named = [...counts].sort(([x, a], [y, b]) => b - a || (x < y ? -1 : 1)).slice(0, NAMED)
        .map(([value, facts]) => `${printable(excerpt(value)) || '""'} (${facts})`);
      const more = counts.size > NAMED ? ` and ${counts.size - NAMED} more` : "";
      const what = counts.size === 1 ? "1 new value" : `${counts.size} new values`;
      return `${what} of ${field}: ${named.join(", ")}${more} (see warehouse.new_values)`;
    });
  }
}
