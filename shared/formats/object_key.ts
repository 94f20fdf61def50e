import { type FileType, isFileType } from "../catalogue/events.ts";

/** How the content of a file is written; each may be gzipped. */
export type Format = "csv" | "json" | "xlsx";

/** What an object's key says about it: a file of a type, or why it is not a file to load. */
export type Named =
  | { readonly type: FileType; readonly format: Format }
  | { readonly reason: string };

/** The endings of files, and what each promises. */
export const endings: Readonly<Record<string, Format>> = {
  csv: "csv",
  tsv: "csv",
  json: "json",
  jsonl: "json",
  ndjson: "json",
  xlsx: "xlsx",
};

/** The archive's folder for files whose name is already taken. */
export const ASIDE = "same-name/";

const ENDING = /\.([a-z]+)(?:\.gz)?$/i;
/** A type, followed by anything but a letter. */
const STEM = /^([a-z]+)(?!\p{L})/iu;
/** A year, a day or a timestamp, after an underscore. */
const NUMBER = /_\d/;

/**
 * The one rule for what is a file to load: `[folders/]<type>[anything]_<digits>….<ending>`, as in
 * `sales/sales_20260226_102345.csv` or `erp/sales/sales_eu_2026.xlsx`. The folders say nothing, and
 * case does not matter.
 */
export function readKey(key: string): Named {
  if (key.startsWith(ASIDE)) return { reason: `kept in ${ASIDE}, which the archive alone has` };
  const base = key.slice(key.lastIndexOf("/") + 1);
  const [ending = "", extension = ""] = ENDING.exec(base) ?? [];
  const name = extension.toLowerCase();
  if (!Object.hasOwn(endings, name)) {
    return { reason: `with none of the endings ${Object.keys(endings).join(", ")}` };
  }
  const stem = base.slice(0, base.length - ending.length);
  const type = STEM.exec(stem)?.[1]?.toLowerCase() ?? "";
  if (!isFileType(type)) return { reason: "whose name does not start with a known type" };
  if (!NUMBER.test(stem)) return { reason: "without a number in the name, such as sales_2026" };
  return { type, format: endings[name]! };
}

/** The type of the file that a key names; undefined if it is not a file to load. */
export function typeOfKey(key: string): FileType | undefined {
  const named = readKey(key);
  return "type" in named ? named.type : undefined;
}

/** Control characters and line breaks; also what would look like their escapes. */
const SPECIAL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]|\\(?=u[\da-f]{4})/gu;

/** A key as one printable line, which {@linkcode keyOfText} turns back into the key. */
export function keyText(key: string): string {
  return key.replace(
    SPECIAL,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Reads what {@linkcode keyText} has written. */
export function keyOfText(text: string): string {
  return text.replace(/\\u([\da-f]{4})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
}
