import { styleText } from "node:util";

/** What colours lines: as they are where they are not to have any. */
export type Paint = (text: string) => string;

/** Which parts of lines have which colour: with the flags g and m. */
export type Colours = readonly (readonly [part: RegExp, colour: "green" | "red" | "yellow"])[];

/** What is done, what has failed, and warnings, by the marks that lines begin with. */
const MARKS: Colours = [
  [/^ *✓/gm, "green"],
  [/^ *✅.*$/gm, "green"],
  [/^ *✗.*$/gm, "red"],
  [/^(?:⚠|Waiting).*$/gm, "yellow"],
];

/**
 * Colours lines on a terminal, and not with NO_COLOR.
 *
 * @param stream where they are printed
 * @param colours by default what is done is green, what has failed red, and warnings are yellow
 */
export function painter(stream: { isTerminal(): boolean }, colours = MARKS): Paint {
  if (Deno.noColor || !stream.isTerminal()) return (text) => text;
  return (text) =>
    colours.reduce(
      (painted, [part, colour]) =>
        painted.replace(part, (found) => styleText(colour, found, { validateStream: false })),
      text,
    );
}
