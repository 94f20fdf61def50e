import { pause } from "../../shared/cli/backoff.ts";
import type { S3Request } from "../integration/s3_proxy.ts";

/** What S3 can do to a request. */
export const s3FaultNames = [
  "S3 answers 500",
  "S3 answers 503 SlowDown",
  "S3 cuts the request",
  "S3 cuts the answer",
  "S3 takes 30 s",
] as const;

/** The name of an S3 fault. */
export type S3Fault = typeof s3FaultNames[number];

/** Decides every request of an S3 proxy: passes them on, but for those that a fault strikes. */
export class S3Faults {
  #fault: S3Fault | undefined;
  #left = 0;

  /** Strikes the next so many requests. */
  strike(fault: S3Fault, requests: number): void {
    this.#fault = fault;
    this.#left = requests;
  }

  /** Strikes no more. */
  stop(): void {
    this.#left = 0;
  }

  readonly decide = async (request: S3Request): Promise<void> => {
    if (this.#left === 0) return await request.forward();
    this.#left--;
    switch (this.#fault) {
      case "S3 answers 500":
        return request.refuse(500, "InternalError");
      case "S3 answers 503 SlowDown":
        return request.refuse(503, "SlowDown");
      case "S3 cuts the request":
        return request.cut();
      case "S3 cuts the answer":
        await request.forward();
        return request.cut();
      case "S3 takes 30 s":
        await pause(30_000);
        return await request.forward();
    }
  };
}
