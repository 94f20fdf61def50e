import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readListener } from "../../../shared/kafka/port_probe.ts";

/** Answers of a Kafka 3.9 broker, as they came. */
const withSasl = Buffer.from(
  "0000002f000000010021000000030005504c41494e000d534352414d2d5348412d353132000d534352414d2d5348412d323536",
  "hex",
);
const withoutSasl = Buffer.from("0000000a00000001002200000000", "hex");
const tlsAlert = Buffer.from("15030300020250", "hex");

Deno.test("readListener() reads the mechanisms of a port", { permissions: "none" }, () => {
  const mechanisms = ["PLAIN", "SCRAM-SHA-512", "SCRAM-SHA-256"];
  assert.deepEqual(readListener(withSasl), { speaks: "Kafka", mechanisms });
  assert.deepEqual(readListener(withoutSasl), { speaks: "Kafka", mechanisms: [] });
});

Deno.test("readListener() knows TLS by its alert", { permissions: "none" }, () => {
  assert.deepEqual(readListener(tlsAlert), { speaks: "TLS" });
});

Deno.test(
  "readListener() takes nothing for an answer that is none",
  { permissions: "none" },
  () => {
    for (let length = 0; length < withSasl.length; length++) {
      assert.equal(readListener(withSasl.subarray(0, length)), undefined, `${length} bytes`);
    }
    assert.equal(readListener(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")), undefined);
  },
);
