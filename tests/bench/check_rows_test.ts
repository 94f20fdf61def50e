import assert from "node:assert/strict";
import { checkRows } from "../../bench/check_rows.ts";

const landed = new URL("landed/", import.meta.url);
const files = [...Deno.readDirSync(landed)].map(({ name }) => new URL(name, landed).pathname);

Deno.test("checkRows() counts what is lost and repeated in the files of all contestants", () => {
  assert.deepEqual(checkRows(files, 6), { files: 4, lost: 1, repeated: 2 });
});
