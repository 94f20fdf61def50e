/** A line that a program has printed, and when, in ms since it was started. */
export interface PrintedLine {
  readonly text: string;
  readonly at: number;
}

const [CHAR_WIDTH, LINE_HEIGHT, BASELINE, MARGIN, BAR] = [8.4, 19, 14, 16, 32];

/**
 * Draws a recording of a terminal as an SVG that plays once and stays at its end; where pictures do not
 * move (print, reduced motion), its end is shown.
 *
 * @param lines in the order in which they were printed
 * @param options.columns longer lines are cut
 * @param options.rows what the window shows at once; earlier lines scroll away
 * @param options.speed how many times faster than it was
 */
export function terminalSvg(
  command: string,
  lines: readonly PrintedLine[],
  { columns = 100, rows = 30, speed = 4 } = {},
): string {
  const all = [{ text: `$ ${command}`, at: 0 }, ...lines];
  const [width, height] = [columns * CHAR_WIDTH + 2 * MARGIN, rows * LINE_HEIGHT + MARGIN + BAR];
  const seconds = (ms: number) => (ms / 1000 / speed).toFixed(2);
  const end = all.at(-1)!.at + 1000;
  const steps = scrollSteps(all, rows).map(({ at, by }) =>
    `${(100 * at / end).toFixed(3)}%{transform:translateY(-${by * LINE_HEIGHT}px)}`
  );
  const texts = all.map(({ text, at }, index) =>
    `<text x="0" y="${index * LINE_HEIGHT + BASELINE}"${classOf(text)} style="animation-delay:${
      seconds(at)
    }s">${escape(cut(text, columns))}</text>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${
    escape(`A terminal that runs ${command}`)
  }">
<style>
text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d7dce2;white-space:pre;animation:show 1ms both}
.command{fill:#7cc4ff}.good{fill:#8fd694}.title{fill:#f2c97d}
#lines{animation:scroll ${seconds(end)}s step-end both}
@keyframes show{from{opacity:0}to{opacity:1}}
@keyframes scroll{${steps.join("")}}
@media (prefers-reduced-motion:reduce){text,#lines{animation-duration:0s!important;animation-delay:0s!important}}
</style>
<rect width="100%" height="100%" rx="8" fill="#14181d"/>
<circle cx="18" cy="16" r="5" fill="#3a424c"/><circle cx="36" cy="16" r="5" fill="#3a424c"/><circle cx="54" cy="16" r="5" fill="#3a424c"/>
<svg x="${MARGIN}" y="${BAR}" width="${columns * CHAR_WIDTH}" height="${rows * LINE_HEIGHT}">
<g id="lines">
${texts.join("\n")}
</g>
</svg>
</svg>
`;
}

/** By how many lines the window has scrolled, and since when. */
function scrollSteps(lines: readonly PrintedLine[], rows: number): { at: number; by: number }[] {
  const steps = new Map<number, number>([[0, 0]]);
  lines.forEach(({ at }, index) => {
    if (index >= rows) steps.set(at, index - rows + 1);
  });
  const last = Math.max(0, lines.length - rows);
  return [...[...steps].map(([at, by]) => ({ at, by })), { at: lines.at(-1)!.at + 1000, by: last }];
}

function classOf(text: string): string {
  if (text.startsWith("$")) return ' class="command"';
  if (/^[✓✅]/.test(text)) return ' class="good"';
  return text.startsWith("▶") ? ' class="title"' : "";
}

function cut(text: string, columns: number): string {
  const characters = [...text];
  return characters.length > columns ? `${characters.slice(0, columns - 1).join("")}…` : text;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
