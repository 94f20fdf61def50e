import type { Env } from "./settings.ts";

/** Whether a terminal can be made here. */
export const hasTerminals = Deno.build.os === "linux";

/** A script of ours with its permission set, and its flags behind its name. */
interface Shown {
  readonly permissions: string;
  readonly env: Env;
}

/** What a script of ours shows on a terminal, and how it ends. */
export async function onTerminal(
  script: string,
  shown: Shown,
): Promise<{ code: number; text: string }> {
  const { code, stdout } = await terminalCommand(script, shown, "null").output();
  return { code, text: new TextDecoder().decode(stdout) };
}

/** Starts a script of ours on a terminal whose keyboard is `stdin`. */
export function startOnTerminal(script: string, shown: Shown): Deno.ChildProcess {
  return terminalCommand(script, shown, "piped").spawn();
}

function terminalCommand(
  script: string,
  { permissions, env }: Shown,
  stdin: "null" | "piped",
): Deno.Command {
  // In place of the shell: what it prints is all there is, and Ctrl-C ends nobody who waits for it.
  const command = `exec "${Deno.execPath()}" run -q -P=${permissions} ${script}`;
  return new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    env: { NO_COLOR: "", npm_config_user_agent: "", INIT_CWD: "", ...env },
    stdin,
    stdout: "piped",
  });
}
