import { type PagesPort, serveLocal } from "../../shared/cli/serve_local.ts";
import { metricsResponse } from "../../shared/metrics/metrics_text.ts";
import type { Type } from "../../shared/catalogue/events.ts";
import type { BatchPolicy } from "../batching/batch.ts";
import type { Clock } from "../group/generation.ts";
import type { MemoryBudget } from "../batching/memory_budget.ts";
import type { Report } from "../landing/report.ts";
import type { Membership } from "../group/membership.ts";
import type { Session } from "../group/session.ts";
import type { GroupHealth, Health } from "../group/group_health.ts";

/**
 * The consumer's state as its status page shows it. Times are ISO 8601, ages and waits in seconds.
 */
export interface ConsumerStatus {
  /** The consumer group. */
  readonly group: string;
  /** The bucket that it lands in. */
  readonly bucket: string;
  /** When it was started. */
  readonly startedAt: string;
  /** What cuts a batch: `rows`, or `seconds` after its first event. */
  readonly policy: { readonly rows: number; readonly seconds: number };
  /** Memory of the open batches and of files under way: `usedBytes` of `maxBytes`. */
  readonly buffer: { readonly usedBytes: number; readonly maxBytes: number };
  /**
   * The partitions that are this consumer's, by topic, and the next offset to read of each; empty
   * while the group rebalances.
   */
  readonly assignment: Readonly<Record<string, Readonly<Record<number, number>>>>;
  /** What its group looked like after the last rebalance; null until that is known. */
  readonly membership: Membership | null;
  /** What `/healthz` answers. */
  readonly health: Health;
  /**
   * Batches that are open: `type`, `rows`, `bytes`, `ageSeconds`, and what will cut them
   * (`cutsIn`).
   */
  readonly openBatches: readonly {
    readonly type: Type;
    readonly rows: number;
    readonly bytes: number;
    readonly ageSeconds: number;
    /** What will cut it, whichever comes first. */
    readonly cutsIn: { readonly rows: number; readonly seconds: number };
  }[];
  /** Files that are cut and not visible yet. */
  readonly filesInFlight: number;
  /** The files that were landed last: `key`, `rows`, `bytes`, `at`. */
  readonly lastFiles: readonly { key: string; rows: number; bytes: number; at: string }[];
  /**
   * Since it was started: `events` read, `rows` and `files` landed, `repeats` dropped,
   * `deadLetters`, `tombstones`, and files of others that it completed (`recovered`).
   */
  readonly totals: Report["totals"];
  /**
   * Since it was started: `files` whose offsets are committed, and the `seconds` that they took in
   * sum, each from its batch's cut until then.
   */
  readonly landings: Report["landings"];
  /** Rows landed since it was started, by type. */
  readonly rowsByType: Readonly<Record<string, number>>;
  /** What it waits for, and since when; null: for nothing. */
  readonly waiting: { readonly for: string; readonly since: string } | null;
}

/** What the state is read from. */
export interface StatusSources {
  readonly group: string;
  readonly bucket: string;
  readonly startedAt: Date;
  readonly policy: BatchPolicy;
  readonly memory: MemoryBudget;
  readonly report: Report;
  readonly groupHealth: GroupHealth;
  readonly clock: Clock;
  readonly session: () => Session | undefined;
}

/** The consumer's state now. */
export function statusOf(sources: StatusSources): ConsumerStatus {
  const { policy, memory, report, clock } = sources;
  const generation = sources.session()?.generation;
  const { longest } = report.waits;
  return {
    group: sources.group,
    bucket: sources.bucket,
    startedAt: sources.startedAt.toISOString(),
    policy: { rows: policy.rows, seconds: policy.age / 1000 },
    buffer: { usedBytes: memory.used, maxBytes: memory.max },
    assignment: generation?.positions ?? {},
    membership: sources.groupHealth.membership ?? null,
    health: healthOf(sources),
    openBatches: [...generation?.batches.values() ?? []].map((batch) => {
      const age = clock.monotonic() - batch.openedAt;
      return {
        type: batch.type,
        rows: batch.rows,
        bytes: batch.bytes,
        ageSeconds: age / 1000,
        cutsIn: {
          rows: policy.rows - batch.rows,
          seconds: Math.max(0, policy.age - age) / 1000,
        },
      };
    }),
    filesInFlight: generation?.landing?.inFlight ?? 0,
    lastFiles: report.lastFiles.map(({ key, rows, bytes, at }) => ({
      key,
      rows,
      bytes,
      at: new Date(at).toISOString(),
    })),
    totals: report.totals,
    landings: report.landings,
    rowsByType: Object.fromEntries(report.rowsByType),
    waiting: longest ? { for: longest.what, since: new Date(longest.since).toISOString() } : null,
  };
}

/**
 * Whether the consumer is doing its job. One that joins does not yet. One that stands by because
 * there are more members than partitions does. Otherwise see {@linkcode GroupHealth.health}.
 */
export function healthOf({ session, groupHealth, report }: StatusSources): Health {
  if (session()?.generation) return groupHealth.health;
  const { longest } = report.waits;
  return { ok: false, why: longest ? `waiting: ${longest.what}` : "joining the group" };
}

/**
 * Serves `/status`, `/healthz` and `/metrics` on 127.0.0.1.
 *
 * @throws {UserError} when it cannot listen
 */
export function serveStatus(
  sources: StatusSources,
  port: PagesPort,
): ReturnType<typeof serveLocal> {
  const pages = {
    "/status": () => Response.json(statusOf(sources)),
    "/healthz": () => {
      const { ok, why } = healthOf(sources);
      return new Response(`${why}\n`, { status: ok ? 200 : 503 });
    },
    "/metrics": () => metricsResponse(sources.report.metrics),
  };
  return serveLocal("consumer", pages, port);
}
