/** A container as `docker compose ps` shows it. */
export interface Container {
  readonly service: string;
  /** created, running, exited… */
  readonly state: string;
  readonly healthy: boolean;
  /** For people, such as "Up 5 seconds (healthy)". */
  readonly status: string;
}

/**
 * Reads what `docker compose ps --format json` prints: one object a line since compose 2.21, one
 * array before.
 */
export function parseContainers(output: string): Container[] {
  const text = output.trim();
  if (text === "") return [];
  const rows: Record<string, unknown>[] = text.startsWith("[")
    ? JSON.parse(text)
    : text.split("\n").map((line) => JSON.parse(line));
  return rows.map((row) => ({
    service: String(row.Service),
    state: String(row.State),
    healthy: row.Health === "healthy",
    status: String(row.Status ?? row.State),
  }));
}
