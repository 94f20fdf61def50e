import assert from "node:assert/strict";
import { groupByPartition, keyOf } from "../../../producers/publishing/partitions.ts";
import { createSimulation } from "../../../producers/simulation/simulation.ts";
import { topicOf, types } from "../../../shared/catalogue/events.ts";

const simulation = createSimulation(types, { seed: 1, interval: 1 });
const events = Array.from({ length: 200 }, () => simulation.round()).flat();
const partitions = new Map(types.map((type) => [topicOf(type, "p-"), 3]));

Deno.test("groupByPartition() keeps every event, once, in order, with its key", () => {
  const batches = groupByPartition(events, { partitions, prefix: "p-" });
  assert.equal(batches.reduce((sum, batch) => sum + batch.events.length, 0), events.length);
  for (const { topic, partition, events: part, messages } of batches) {
    const indices = part.map((event) => events.indexOf(event));
    assert.deepEqual(indices.toSorted((a, b) => a - b), indices);
    assert.deepEqual(messages.map(({ key }) => key), part.map(keyOf));
    assert.ok(messages.every((message) => message.partition === partition));
    assert.ok(part.every((event) => topicOf(event.event_type, "p-") === topic));
    assert.deepEqual(messages.map(({ value }) => JSON.parse(String(value))), part);
  }
});

Deno.test("groupByPartition() puts a key into one partition, as Java's producer does", () => {
  // Computed by org.apache.kafka.clients.producer.internals.BuiltInPartitioner.
  const [sale] = events;
  assert.ok(sale?.event_type === "sales");
  const partitionFor = (customer_id: string) =>
    groupByPartition([{ ...sale, customer_id }], { partitions, prefix: "p-" })[0]!.partition;
  assert.deepEqual(["CUST-00000001", "CUST-00000002", "CUST-A1B2C3D4"].map(partitionFor), [
    1,
    0,
    2,
  ]);
});
