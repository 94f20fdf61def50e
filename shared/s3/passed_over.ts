import { keyText } from "../formats/object_key.ts";
import { excerpt } from "../cli/printable.ts";

/** How many keys are named for each reason. */
const NAMED = 3;

/** Objects in a bucket that are not files to load: counts by reason, and some keys. */
export class PassedOver {
  readonly #reasons = new Map<string, { count: number; readonly named: string[] }>();

  /**
   * Counts an object.
   *
   * @param reason completes "an object …"
   */
  add(key: string, reason: string): void {
    const group = this.#reasons.get(reason) ?? { count: 0, named: [] };
    group.count++;
    if (group.named.length < NAMED) group.named.push(excerpt(keyText(key), 120));
    this.#reasons.set(reason, group);
  }

  /** All of it as one line; undefined if there is nothing. */
  text(bucket: string): string | undefined {
    const count = this.#reasons.values().reduce((sum, { count }) => sum + count, 0);
    if (count === 0) return undefined;
    const parts = [...this.#reasons].map(([reason, { count, named }]) =>
      `${count} ${reason} (${named.join(", ")}${count > NAMED ? ", …" : ""})`
    );
    const objects = count === 1 ? "1 object" : `${count.toLocaleString("en-US")} objects`;
    return `${objects} in s3://${bucket} passed over: ${parts.join("; ")}`;
  }
}
