import { fetchVenv } from "../infra/python_venv.ts";
import { types } from "../shared/catalogue/events.ts";
import { start } from "../tests/integration/program.ts";
import { ACCESS, argumentsOf, DOWNLOADS, type Peer, SOURCES } from "./peer.ts";

/** It commits after so many s too, which is later than it ever takes here. */
const COMMIT_S = 300;

/**
 * Quix Streams' file sink. It writes a file for each partition when it commits, after so many events of
 * all partitions: the number is such that the files have the wanted size on average, and that the last
 * commit is a full one.
 */
export const quix: Peer = {
  name: "quix",
  async fetch() {
    const python = await fetchVenv({ folder: DOWNLOADS, log: console.log }, {
      title: "Quix Streams",
      name: "bench-quix",
      requirements: `${SOURCES}/quix/requirements.txt`,
      hint: "install it, or measure without Quix Streams",
    });
    return (size) => ({
      name: "Quix Streams 3.28, at least once, files of about that size",
      size,
      begins: /Rebalancing: assigning partitions/,
      start(bed, bucket) {
        const { partitions, runtimeDir } = bed.own.settings;
        const every = equalParts(bed.events, size * types.length * partitions);
        return start("Quix Streams", [
          `${SOURCES}/quix/quix_sink.py`,
          ...argumentsOf(bed, bucket, every),
          String(COMMIT_S),
        ], { command: python, env: ACCESS, cwd: runtimeDir });
      },
    });
  },
};

/** The size of a part, about the wanted one, when `events` are cut into equal ones. */
export function equalParts(events: number, wanted: number): number {
  const parts = Math.max(1, Math.round(events / wanted));
  for (let away = 0;; away++) {
    for (const count of [parts - away, parts + away]) {
      if (count > 0 && events % count === 0) return events / count;
    }
  }
}
