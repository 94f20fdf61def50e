import assert from "node:assert/strict";
import { postgresCopy } from "./postgres_copy.ts";
import { warehouseBox } from "./warehouse.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("PostgreSQL reads CSV by COPY, and refuses what is none", async () => {
  await using box = await warehouseBox("copy");
  const rows = await postgresCopy(
    box.client,
    utf8('a,"b ""c"""\n1,\n"x, ""y""\r\n\\.","🚗"\n"",é\n'),
  );
  assert.deepEqual(rows, [["1", null], ['x, "y"\r\n\\.', "🚗"], ["", "é"]]);
  for (
    const [text, reason] of [
      ["a,b\n1\n", /missing data for column "b"/],
      ["a,b\n1,2,3\n", /extra data after last expected column/],
      ["a,b\n1,\0\n", /invalid byte sequence for encoding "UTF8": 0x00/],
      ['a,b\n1,"2\n', /unterminated CSV quoted field/],
    ] as const
  ) {
    await assert.rejects(postgresCopy(box.client, utf8(text)), reason);
  }
});
