import { Ajv2020 } from "ajv/dist/2020.js";
import assert from "node:assert/strict";
import { createSimulation } from "../../producers/simulation/simulation.ts";
import { asyncApi } from "../../schema/asyncapi.ts";
import { dictionary } from "../../schema/dictionary.ts";
import { eventSchema } from "../../schema/json_schema.ts";
import { catalogue, envelope, topicOf, types } from "../../shared/catalogue/events.ts";
import { meanings } from "../../shared/catalogue/meanings.ts";

const validators = new Map(types.map((type) => [type, new Ajv2020().compile(eventSchema(type))]));

Deno.test("eventSchema() takes what the producers make", () => {
  const simulation = createSimulation(types, { seed: 3, interval: 60 });
  for (let round = 0; round < 1_000; round++) {
    for (const event of simulation.round()) {
      const validate = validators.get(event.event_type)!;
      assert.ok(validate(event), JSON.stringify([event, validate.errors]));
    }
  }
});

Deno.test("eventSchema() refuses a field that is missing, of another kind, or out of its set", () => {
  const [sale] = createSimulation(["sales"], { seed: 3, interval: 60 }).round();
  const validate = validators.get("sales")!;
  const { email: _, ...missing } = sale as unknown as Record<string, unknown>;
  for (
    const wrong of [
      missing,
      { ...sale, event_type: "payments" },
      { ...sale, event_id: "SALE-1" },
      { ...sale, final_price: "12k" },
      { ...sale, final_price: -1 },
      { ...sale, sale_status: "Done" },
      { ...sale, timestamp: "2026-02-26" },
      { ...sale, customer_id: "" },
    ]
  ) assert.equal(validate(wrong), false, JSON.stringify(wrong));
});

Deno.test("every field of the catalogue has a meaning, and no other", () => {
  const fields = types.flatMap((type) => Object.keys(catalogue[type].fields));
  assert.deepEqual(
    Object.keys(meanings).toSorted(),
    [...new Set([...Object.keys(envelope), ...fields])].toSorted(),
  );
});

Deno.test("asyncApi() has a channel for each topic, and its references lead somewhere", () => {
  const document = asyncApi() as Record<string, unknown>;
  const channels = document.channels as Record<string, { address: string }>;
  assert.deepEqual(
    Object.values(channels).map(({ address }) => address),
    types.map((t) => topicOf(t)),
  );
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref]) =>
    ref!
  );
  assert.ok(refs.length >= 3 * types.length);
  for (const ref of refs) {
    const target = ref.split("/").reduce<unknown>(
      (at, name) => (at as Record<string, unknown> | undefined)?.[name],
      document,
    );
    assert.ok(target, ref);
  }
});

Deno.test("docs/data-dictionary.md is what the catalogue says", async () => {
  const page = new URL("../../docs/data-dictionary.md", import.meta.url);
  const words = (text: string) => text.split(/\s+/).join(" ");
  assert.equal(words(await Deno.readTextFile(page)), words(dictionary()));
});
