import type { Env } from "./settings.ts";

/** Whether a terminal can be made here. */
export const hasTerminals = Deno.build.os === "linux";

/** What a script of ours shows on a terminal, and how it ends. */
export async function onTerminal(
  script: string,
  { permissions, env }: { permissions: string; env: Env },
): Promise<{ code: number; text: string }> {
  // In place of the shell: what it prints is all there is.
  const command = `exec "${Deno.execPath()}" run -q -P=${permissions} ${script}`;
  const { code, stdout } = await new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", command, "/dev/null"],
    env: { NO_COLOR: "", npm_config_user_agent: "", INIT_CWD: "", ...env },
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) };
}
