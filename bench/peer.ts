import { resolve } from "node:path";
import { topicOf, types } from "../shared/catalogue/events.ts";
import { LOCAL_S3 } from "../shared/s3/client.ts";
import { unique } from "../tests/integration/settings.ts";
import type { Bed } from "./bed.ts";
import type { Contestant } from "./contestant.ts";

/** A program of others that does what the consumer does. */
export interface Peer {
  /** What `--peers` calls it. */
  readonly name: string;
  /**
   * Fetches it, once, and makes it ready to start with files of so many events.
   *
   * @throws {UserError} when it cannot be had on this machine
   */
  fetch(): Promise<(size: number) => Contestant>;
}

/** Where the programs of peers are. */
export const SOURCES = resolve(import.meta.dirname!, "peers");
/** Where they are fetched to. */
export const DOWNLOADS = resolve(import.meta.dirname!, "../.runtime");

/** How a peer gets into the local S3. */
export const ACCESS = {
  AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: LOCAL_S3.secretAccessKey,
};

/** What each peer is told: broker, S3, bucket, a group of its own, a number of events, topics. */
export function argumentsOf({ own: { settings } }: Bed, bucket: string, events: number): string[] {
  return [
    `localhost:${settings.ports.kafka}`,
    `http://127.0.0.1:${settings.ports.s3}`,
    bucket,
    `bench-${unique()}`,
    String(events),
    topicsOf(settings).join(),
  ];
}

/** The topics of all events. */
export function topicsOf({ topicPrefix }: Bed["own"]["settings"]): string[] {
  return types.map((type) => topicOf(type, topicPrefix));
}
