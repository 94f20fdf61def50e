import assert from "node:assert/strict";
import { statusJson } from "../../orchestration/status_json.ts";
import { UserError } from "../../shared/cli/errors.ts";

const names = { group: "a-group", bucket: "a-bucket", archiveBucket: "b-bucket" };

Deno.test("statusJson() is one line, and says why where something cannot be told", {
  permissions: "none",
}, () => {
  const text = statusJson(
    {
      runtime: "native",
      services: [{ name: "kafka", state: "running", address: "localhost:9092", pid: 7 }],
      topics: new UserError("Kafka is away", "start it"),
      files: { types: [], passedOver: undefined },
      warehouse: new UserError("PostgreSQL is away"),
      programs: [{ role: "loader", pid: 8, statusPort: 8892 }],
    },
    names,
    new Date(0),
  );
  assert.ok(!text.includes("\n"));
  assert.deepEqual(JSON.parse(text), {
    at: "1970-01-01T00:00:00.000Z",
    ...names,
    runtime: "native",
    services: [{ name: "kafka", state: "running", address: "localhost:9092", pid: 7 }],
    topics: { error: "Kafka is away", hint: "start it" },
    files: { types: [] },
    warehouse: { error: "PostgreSQL is away" },
    programs: [{ role: "loader", pid: 8, statusPort: 8892 }],
  });
});
