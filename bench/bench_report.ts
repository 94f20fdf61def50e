import type { Run } from "./contestant.ts";
import type { Limit } from "./limits.ts";
import { type Machine, thisMachine } from "./machine.ts";

/** The runs of one contestant. */
export interface Result {
  readonly name: string;
  /** Events in a file. */
  readonly size: number;
  readonly runs: readonly Run[];
}

/** All that a bench has measured. */
export interface Report {
  readonly date: string;
  readonly command: string;
  readonly machine: Machine;
  readonly events: number;
  readonly results: readonly Result[];
  readonly limits: readonly Limit[];
}

/** Others keep more than so many processors busy: what is told of time is not worth much. */
export const NOISE = 0.2;

/** Puts together what was measured on this machine, now. */
export function reportOf(
  measured: Pick<Report, "events" | "results" | "limits">,
  args: readonly string[],
): Report {
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["deno task bench", ...args].join(" "),
    machine: thisMachine(),
    ...measured,
  };
}

/** The report in Markdown: medians, and least and most behind them. */
export function toMarkdown({ date, command, machine, events, results, limits }: Report): string {
  const runs = results.flatMap((result) => result.runs);
  const noisy = runs.filter(({ foreign }) => foreign > NOISE).length;
  return [
    `${date}, \`${command}\`, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${
      number(events)
    } events; median (least–most) of ${results[0]?.runs.length ?? 0} runs.`,
    ...noisy === 0 ? [] : [
      `The machine was noisy: in ${noisy} of ${runs.length} runs others kept more than ${NOISE} processors busy (up to ${
        Math.max(...runs.map(({ foreign }) => foreign)).toFixed(1)
      }). Events/s say little then; CPU time is higher than on a quiet machine.`,
    ],
    table(
      ["", "file", "events/s", "CPU s/million", "S3 ms/file", "MiB", "lost", "repeated"],
      results.map(({ name, size, runs }) => [
        name,
        number(size),
        spread(runs, ({ seconds }) => events / seconds, 0),
        spread(runs, ({ cpu }) => cpu / events * 1e6, 1),
        spread(runs, ({ s3Cpu, files }) => s3Cpu / files * 1_000, 2),
        spread(runs, ({ peak }) => peak, 0),
        number(Math.max(...runs.map(({ lost }) => lost))),
        number(Math.max(...runs.map(({ repeated }) => repeated))),
      ]),
    ),
    table(
      ["alone", "a second", "CPU ms/1,000", "S3 ms/1,000"],
      limits.map(({ name, unit, count, seconds, cpu, s3Cpu }) => [
        name,
        `${number(count / seconds)} ${unit}`,
        number(cpu / count * 1e6),
        number(s3Cpu / count * 1e6),
      ]),
    ),
  ].join("\n\n");
}

/** The median of the events a second of each contestant, by name. */
export function figuresOf({ events, results }: Report): Record<string, number> {
  return Object.fromEntries(results.map(({ name, size, runs }) => {
    const speeds = runs.map(({ seconds }) => events / seconds).sort((a, b) => a - b);
    return [`${name}, files of ${number(size)}: events/s`, Math.round(speeds[speeds.length >> 1]!)];
  }));
}

function spread(runs: readonly Run[], of: (run: Run) => number, digits: number): string {
  const all = runs.map(of).sort((a, b) => a - b);
  const [least, median, most] = [all[0]!, all[all.length >> 1]!, all.at(-1)!]
    .map((value) => number(value, digits));
  return least === most ? median! : `${median} (${least}–${most})`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => column === 0 ? "---" : "--:");
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function number(value: number, digits = 0): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
