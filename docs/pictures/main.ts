/** `deno task docs:pictures`: records the demo as it runs here, for the README. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { runEntry } from "../../shared/cli/entry.ts";
import { type PrintedLine, terminalSvg } from "./terminal_svg.ts";

const DEMO = ["task", "-q", "demo", "--duration", "45"];

await runEntry(async (signal) => {
  const lines: PrintedLine[] = [];
  const demo = spawn(Deno.execPath(), DEMO, { signal, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number>((resolve, reject) =>
    demo.on("error", reject).on("close", (code) => resolve(code ?? 1))
  );
  const begun = performance.now();
  for await (const text of createInterface({ input: demo.stdout! })) {
    console.log(text);
    lines.push({ text, at: performance.now() - begun });
  }
  const code = await ended;
  if (code !== 0) return code;
  const file = new URL("demo.svg", import.meta.url);
  await Deno.writeTextFile(file, terminalSvg("deno task demo --duration 45", lines));
});
