import assert from "node:assert/strict";
import { services } from "../integration/services.ts";
import { onKafka4 } from "./on_kafka4.ts";

const API_VERSIONS = 18;
const FETCH = 1;

Deno.test({
  name: "the broker is a Kafka 4: it has dropped the old versions of the protocol",
  ignore: !onKafka4,
  async fn() {
    const { settings } = await services();
    // Fetch from version 4 on (KIP-896); Kafka 3.9 says 0.
    assert.equal((await minVersions(settings.ports.kafka)).get(FETCH), 4);
  },
});

/** The oldest version of each request that a broker takes, as it answers an ApiVersions request. */
async function minVersions(port: number): Promise<Map<number, number>> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // Size, request and its version, correlation id, no client id.
  const request = new DataView(new ArrayBuffer(14));
  request.setInt32(0, 10);
  request.setInt16(4, API_VERSIONS);
  request.setInt16(12, -1);
  await connection.write(new Uint8Array(request.buffer));
  const size = (await readBytes(connection, 4)).getInt32(0);
  const answer = await readBytes(connection, size);
  assert.equal(answer.getInt16(4), 0);
  const rows = Array.from({ length: answer.getInt32(6) }, (_, i) => 10 + i * 6);
  return new Map(rows.map((at) => [answer.getInt16(at), answer.getInt16(at + 2)]));
}

async function readBytes(connection: Deno.Conn, count: number): Promise<DataView> {
  const bytes = new Uint8Array(count);
  for (let have = 0; have < count;) {
    const read = await connection.read(bytes.subarray(have));
    assert.ok(read !== null, "the broker has closed the connection");
    have += read;
  }
  return new DataView(bytes.buffer);
}
