import { InvalidArgumentError } from "commander";
import { camel } from "./camel.ts";
import type { Contestant } from "./contestant.ts";
import { flink } from "./flink.ts";
import { orWithout } from "./or_without.ts";
import type { Peer } from "./peer.ts";
import { quix } from "./quix.ts";

/** All that the consumer can be measured against. */
export const peers: readonly Peer[] = [camel, flink, quix];

/** The value of `--peers`: names with commas. */
export function parsePeers(value: string): readonly Peer[] {
  const names = value.split(",").map((name) => name.trim());
  if (names.every((name) => peers.some((peer) => peer.name === name))) {
    return peers.filter(({ name }) => names.includes(name));
  }
  const known = peers.map(({ name }) => name).join(", ");
  throw new InvalidArgumentError(`Use one or more of ${known}.`);
}

/**
 * Fetches peers. What this machine lacks something for is left out, with a line that says why.
 *
 * @returns what makes a contestant of each, for files of so many events
 */
export async function fetchPeers(
  wanted: readonly Peer[],
  log: (line: string) => void,
): Promise<((size: number) => Contestant)[]> {
  const fetched = [];
  for (const peer of wanted) {
    const contestant = await orWithout(peer.name, () => peer.fetch(), log);
    if (contestant) fetched.push(contestant);
  }
  return fetched;
}
