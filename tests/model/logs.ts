import { topicOf, type Type } from "../../shared/catalogue/events.ts";

/** How the consumer classifies a message; see consumer/batching/decode.ts. */
export type Kind = "row" | "tombstone" | "dead letter";

/** A record of a log. */
export interface ModelRecord {
  /** Unique among all records of the run. It is a row's text. */
  readonly uid: string;
  readonly kind: Kind;
  readonly epoch: number;
}

/** The log of one partition: its records, with the leader epochs they were written in. */
export class Log {
  low = 0;
  epoch = 0;
  /** By offset; those below `low` are deleted. */
  readonly records: ModelRecord[] = [];

  constructor(readonly name: string) {}

  /** The offset after the last record. */
  get high(): number {
    return this.records.length;
  }

  append(kind: Kind): void {
    const uid = `${this.name}:${this.high}${this.epoch > 0 ? `e${this.epoch}` : ""}`;
    this.records.push({ uid, kind, epoch: this.epoch });
  }

  /** Retention deletes the records before an offset; returns them. */
  deleteBefore(offset: number): ModelRecord[] {
    const deleted = this.records.slice(this.low, offset);
    this.low = offset;
    return deleted;
  }

  /** A leader without the records from an offset on was elected; returns the lost ones. */
  truncate(offset: number): ModelRecord[] {
    const lost = this.records.splice(offset);
    this.low = Math.min(this.low, offset);
    this.epoch++;
    return lost;
  }

  /** The offset after the last record of an epoch or an earlier one (OffsetForLeaderEpoch). */
  endOfEpoch(epoch: number): number {
    const next = this.records.findIndex((record) => record.epoch > epoch);
    return next === -1 ? this.high : next;
  }

  get key(): string {
    return `${this.name} ${this.low} ${this.epoch} ${
      this.records.map((record) => record.uid).join()
    }`;
  }
}

/** A topic. One that was deleted and recreated has another id. */
export class Topic {
  readonly name: string;
  readonly id: string;
  readonly logs: Log[];

  constructor(readonly type: Type, partitions: number, readonly incarnation = 1) {
    this.name = topicOf(type);
    this.id = `${type}-${incarnation}`;
    const mark = incarnation === 1 ? "" : `#${incarnation}`;
    this.logs = Array.from({ length: partitions }, (_, p) => new Log(`${type}${mark}/${p}`));
  }

  /** The records that are still in its logs. */
  get records(): ModelRecord[] {
    return this.logs.flatMap(({ records, low }) => records.slice(low));
  }
}
