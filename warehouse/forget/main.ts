import "../../shared/cli/require_permissions.ts";
import { runEntry } from "../../shared/cli/entry.ts";
import { loadSettings } from "../../shared/cli/environment.ts";
import { UserError } from "../../shared/cli/errors.ts";
import { Argument, parseOptions } from "../../shared/cli/options.ts";
import { connectWarehouse } from "../../shared/postgres/client.ts";
import { explainWarehouse, isWarehouseError } from "../../shared/postgres/sql_state.ts";
import { table } from "../../shared/cli/table.ts";
import { requireSchema } from "../sql/schema.ts";
import { forgetCustomer } from "./forget_customer.ts";
import { forgetOptions } from "./options.ts";

interface Options extends Record<string, unknown> {
  readonly customer: string;
  readonly dryRun?: true;
}

await runEntry(async () => {
  const { customer, dryRun = false } = parseOptions<Options>(
    "forget",
    "Blank a customer's personal data everywhere in the warehouse; facts stay. It cannot be undone.",
    forgetOptions,
    Deno.args,
    new Argument("<customer>", "the customer's id, such as CUST-A1B2C3D4, or an e-mail address"),
  );
  const settings = loadSettings();
  try {
    await using client = await connectWarehouse(settings, "forget");
    await requireSchema(client);
    const { blanked, files } = await forgetCustomer(client, customer, { dryRun });
    if (blanked.length === 0) {
      throw new UserError(
        `Cannot forget ${customer}: the warehouse knows no such customer`,
        "check the id: SELECT customer_id FROM warehouse.dim_customer WHERE is_current",
      );
    }
    const lines = table([[dryRun ? "would be blanked" : "blanked", "rows"], ...blanked]);
    for (const line of lines) console.log(line);
    console.log(
      dryRun
        ? "Nothing was changed"
        : `✓ ${customer} is forgotten: personal data in later files will be ignored`,
    );
    if (files.length > 0) {
      console.log(
        `Files that still contain it, to be deleted from the archive: ${files.length}`,
      );
      for (const { bucket, key } of files) console.log(`  ${key} (landed in ${bucket})`);
    }
  } catch (error) {
    throw isWarehouseError(error) ? explainWarehouse(error, settings) : error;
  }
});
