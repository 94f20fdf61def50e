import { keyText } from "./file_names.ts";
import { excerpt } from "./printable.ts";

/** An object of the bucket that is no file to load. */
export interface PassedOver {
  readonly key: string;
  /** Completes "an object …". */
  readonly reason: string;
}

/** How many keys are named for each reason. */
const NAMED = 3;

/** What lies in a bucket and is not taken, as one line; undefined if there is nothing. */
export function passedOverText(
  objects: readonly PassedOver[],
  bucket: string,
): string | undefined {
  if (objects.length === 0) return undefined;
  const groups = Map.groupBy(objects, ({ reason }) => reason);
  const parts = [...groups].map(([reason, group]) => {
    const named = group.slice(0, NAMED).map(({ key }) => excerpt(keyText(key), 120));
    const more = group.length > NAMED ? ", …" : "";
    return `${group.length} ${reason} (${named.join(", ")}${more})`;
  });
  const count = objects.length === 1 ? "1 object" : `${objects.length} objects`;
  return `${count} in s3://${bucket} passed over: ${parts.join("; ")}`;
}
