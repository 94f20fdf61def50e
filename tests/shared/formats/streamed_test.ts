import assert from "node:assert/strict";
import { isStreamed } from "../../../shared/formats/streamed.ts";

Deno.test("isStreamed() knows a landing by the stamp in its name", () => {
  for (
    const key of [
      "sales/sales_20260226_102345.csv",
      "sales/sales_20260226_102345_001_p3_g4f3606.csv",
      "payments/payments_2026_20261120_040404.csv",
    ]
  ) {
    assert.ok(isStreamed(key), key);
  }
  for (
    const key of [
      "erp/sales/sales_2026.csv",
      "finance/payments/payments_2026/payments_2026.xlsx",
      "exports_20260226_102345/sales_2026.csv",
      "sales/sales_20260226.csv",
    ]
  ) {
    assert.ok(!isStreamed(key), key);
  }
});

Deno.test("the view of the freshness knows streamed files by the same rule", async () => {
  const root = new URL("../../../", import.meta.url);
  const [, ours] = /STAMP = \/(.+)\/;/.exec(
    await Deno.readTextFile(new URL("shared/formats/streamed.ts", root)),
  )!;
  const view = await Deno.readTextFile(new URL("warehouse/sql/migrations/0006_values.sql", root));
  assert.ok(view.includes(`key ~ '${ours}' as is_streamed`), ours);
});
