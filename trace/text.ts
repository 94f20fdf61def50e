import { keyText } from "../shared/formats/object_key.ts";
import { formatPlace } from "../shared/formats/place.ts";
import { instantText } from "../shared/cli/instant.ts";
import { printable } from "../shared/cli/printable.ts";
import { table } from "../shared/cli/table.ts";
import type { LifeEvent, LoadedFile } from "./find_rows.ts";
import type { TracedFile, Way } from "./way.ts";

/** The way of an event as text: one step per line, with the time since the previous step. */
export function wayText(way: Way): string[] {
  const { eventId, message, letter, file, row, notes } = way;
  const steps: { at: number | undefined; what: string; where: string }[] = [];
  if (message) {
    const key = message.key === undefined ? "" : ` (key ${printable(message.key)})`;
    steps.push({ at: message.at, what: "published", where: `${formatPlace(message)}${key}` });
  }
  if (letter) {
    steps.push({ at: letter.at, what: "set aside", where: printable(letter.reason) });
    if (letter.replayedTo) {
      steps.push({
        at: undefined,
        what: "replayed",
        where: `to ${formatPlace(letter.replayedTo)}`,
      });
    }
  }
  if (file) {
    const line = file.line === undefined ? "" : `, line ${file.line}`;
    const where = `${keyText(file.key)}${line} (in ${placeOf(file)})`;
    steps.push({ at: file.landedAt?.getTime(), what: "landed", where });
  }
  if (row) {
    steps.push({
      at: row.loadedAt.getTime(),
      what: row.rejected === undefined ? "loaded" : "rejected",
      where: row.rejected === undefined
        ? `warehouse.${row.table}`
        : `warehouse.${row.table}: ${printable(row.rejected)}`,
    });
  }
  let before: number | undefined;
  const rows = steps.map(({ at, what, where }) => {
    const since = at === undefined || before === undefined ? "" : `+${secondsOf(at - before)}`;
    before = at ?? before;
    return [at === undefined ? "" : timeOf(at), since, what, where];
  });
  return [
    eventId === undefined ? "An event without an id" : printable(eventId),
    ...rows.length > 0 ? table([["time (UTC)", "after", "step", "where"], ...rows]) : [],
    ...notes.map((note) => `  ${note}`),
  ];
}

/** What is known about a file. */
export function fileText(
  key: string,
  file: TracedFile | undefined,
  loads: readonly LoadedFile[],
): string[] {
  const lines = [keyText(key)];
  const written = file?.written ?? loads.find(({ written }) => written)?.written;
  lines.push(`  in ${file ? placeOf(file) : "neither the raw bucket nor the archive"}`);
  if (file?.landedAt) lines.push(`  landed ${timeOf(file.landedAt.getTime())} UTC`);
  if (written) {
    lines.push(`  written by the group ${written.group} from`);
    for (const { partition, from, to } of written.ranges) {
      lines.push(`    ${written.topic}/${partition} offsets ${from} to ${to - 1}`);
    }
  } else if (file) lines.push("  written by another program than our consumer");
  for (const { loadedAt, rows, facts, rejected, repeats, reason } of loads) {
    const at = timeOf(loadedAt.getTime());
    lines.push(
      reason === undefined
        ? `  loaded ${at} UTC: ${rows} rows = ${facts} facts + ${rejected} rejected + ${repeats} repeats`
        : `  could not be loaded ${at} UTC: ${printable(reason)}`,
    );
  }
  if (loads.length === 0) lines.push("  not loaded");
  return lines;
}

/** The events of a vehicle, in order. */
export function lifeText(vehicle: string, life: readonly LifeEvent[]): string[] {
  const rows = life.map(({ at, type, eventId, key, line }) => [
    timeOf(at.getTime()),
    type,
    printable(eventId),
    `${keyText(key)}, line ${line}`,
  ]);
  return [
    printable(vehicle),
    ...table([["event time (UTC)", "type", "event", "landed in"], ...rows]),
  ];
}

function placeOf({ in: where }: TracedFile): string {
  return where === "neither bucket" ? "neither bucket any more" : `the ${where}`;
}

function timeOf(ms: number): string {
  return instantText(ms).replace("T", " ").replace("Z", "");
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(Math.abs(ms) < 10_000 ? 3 : 1)} s`;
}
