import { CommitRefused, type PartitionCommit } from "../../consumer/commit.ts";
import type { Provenance } from "../../shared/provenance.ts";
import type { Completion, Store, Upload } from "../../consumer/store.ts";

/** An object that was made visible, even if a downstream program has moved it away since. */
export interface MadeObject {
  readonly key: string;
  readonly body: string;
  readonly provenance: Provenance;
}

/** What can go wrong at a step. A crash ends the consumer; a zombie wakes up in a later generation. */
export type Fault =
  | "none"
  | "crash before"
  | "crash after"
  | "zombie"
  | "answer lost"
  | "error";

/**
 * A model of the group coordinator and the bucket: what the landing protocol may rely on, and no
 * more. It is no stand-in for the services: the integration tests use the real ones.
 */
export class World {
  generation = 0;
  readonly committed = new Map<string, { offset: number; metadata: string }>();
  readonly uploads = new Map<string, { key: string; body: string; provenance: Provenance }>();
  readonly objects = new Map<string, MadeObject>();
  readonly made: MadeObject[] = [];
  #uploadCount = 0;
  #zombies: (() => void)[] = [];

  /**
   * @param nextFault what happens at the next step
   * @param moveAway whether a downstream program takes an object away the moment it appears
   * @param fenced without the fence, kafkajs sends an old generation's commit under the new number
   */
  constructor(
    private readonly nextFault: () => Fault,
    private readonly moveAway: () => boolean,
    readonly fenced = true,
  ) {}

  /** Lets the zombies of earlier generations go on. */
  wakeZombies(): void {
    for (const wake of this.#zombies.splice(0)) wake();
  }

  /** The store and the coordinator as one consumer of one generation sees them. */
  connect(generation: number, onCrash: () => void) {
    const step = async <T>(effect: () => T): Promise<T> => {
      await Promise.resolve();
      switch (this.nextFault()) {
        case "crash before":
          onCrash();
          return await new Promise(() => {});
        case "crash after":
          effect();
          onCrash();
          return await new Promise(() => {});
        case "zombie":
          onCrash();
          await new Promise<void>((wake) => this.#zombies.push(wake));
          return effect();
        case "answer lost":
          effect();
          throw new Error("answer lost");
        case "error":
          throw new Error("error");
        default:
          return effect();
      }
    };
    const store: Store = {
      upload: (key, body, provenance) =>
        step(() => {
          const uploadId = `upload-${++this.#uploadCount}`;
          this.uploads.set(uploadId, { key, body: new TextDecoder().decode(body), provenance });
          return { key, uploadId };
        }),
      complete: ({ uploadId }: Upload) => step(() => this.#complete(uploadId)),
      has: (key, isOurs) =>
        step(() => {
          const object = this.objects.get(key);
          return object !== undefined && isOurs(object.provenance);
        }),
      abort: ({ uploadId }) => step(() => void this.uploads.delete(uploadId)),
      async *pending() {},
    };
    const commit = (partitions: readonly PartitionCommit[]) =>
      step(() => {
        if (this.fenced && generation !== this.generation) {
          throw new CommitRefused("old generation");
        }
        for (const { topic, partition, offset, metadata } of partitions) {
          this.committed.set(`${topic}/${partition}`, { offset, metadata });
        }
      });
    return { store, commit };
  }

  #complete(uploadId: string): Completion {
    const upload = this.uploads.get(uploadId);
    if (!upload) return "gone";
    if (this.objects.has(upload.key)) return "taken";
    this.uploads.delete(uploadId);
    this.made.push(upload);
    if (!this.moveAway()) this.objects.set(upload.key, upload);
    return "completed";
  }
}
