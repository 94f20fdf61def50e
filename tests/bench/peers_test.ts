import assert from "node:assert/strict";
import { InvalidArgumentError } from "commander";
import type { Peer } from "../../bench/peer.ts";
import { fetchPeers, parsePeers, peers } from "../../bench/peers.ts";
import type { Contestant } from "../../bench/contestant.ts";
import { UserError } from "../../shared/cli/errors.ts";

Deno.test("parsePeers() takes names with commas, in the order in which they are measured", () => {
  assert.deepEqual(parsePeers("quix, camel").map(({ name }) => name), ["camel", "quix"]);
});

Deno.test("parsePeers() names the peers when one is unknown", () => {
  const known = peers.map(({ name }) => name).join(", ");
  assert.throws(
    () => parsePeers("camel,spark"),
    new InvalidArgumentError(`Use one or more of ${known}.`),
  );
});

Deno.test("fetchPeers() leaves out what this machine lacks something for, in one line", async () => {
  const contestant = (size: number) => ({ name: "there", size }) as Contestant;
  const there: Peer = { name: "there", fetch: () => Promise.resolve(contestant) };
  const away: Peer = {
    name: "away",
    fetch: () => Promise.reject(new UserError("mvn failed:\n  no route to the host")),
  };
  const lines: string[] = [];
  const fetched = await fetchPeers([away, there], (line) => lines.push(line));
  assert.deepEqual(fetched, [contestant]);
  assert.deepEqual(lines, ["Measuring without away: mvn failed: no route to the host"]);
});

Deno.test("fetchPeers() hides no fault of the bench", async () => {
  const broken: Peer = { name: "broken", fetch: () => Promise.reject(new TypeError("a fault")) };
  await assert.rejects(fetchPeers([broken], () => {}), TypeError);
});
