import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { program } from "./program.ts";
import { sandbox } from "./sandbox.ts";

const PROJECT = new URL("../../", import.meta.url);
/** Asks bash as its completion does, and prints what it would offer. */
const ASK_BASH = `source "$1"; COMP_LINE=$2; COMP_POINT=\${#2}
_automotive_task deno; printf '%s\\n' "\${COMPREPLY[@]}"`;
/** Types into a zsh of a terminal when it shows its prompt, and prints what it lists at a tab. */
const ASK_ZSH = `zmodload zsh/zpty || exit
zpty shell "zsh -f -i"
zpty -w shell "autoload -Uz compinit; compinit -u -D; source '$1'"
zpty -w shell "LISTMAX=1000; bindkey '^I' list-choices; PS1=REA'DY> '"
zpty -r shell before '*READY> *'
zpty -w -n shell "$2"$'\\t'
zpty -w -n shell $'\\C-u'"print do''ne"$'\\n'
zpty -r shell listed '*done*'
print -r -- $listed`;

interface Shell {
  readonly name: "bash" | "zsh" | "fish";
  /** Gives the arguments that have it offer what can follow a line. */
  readonly ask: (script: string, line: string) => string[];
}

const shells: readonly Shell[] = [
  { name: "bash", ask: (script, line) => ["-c", ASK_BASH, "bash", script, line] },
  { name: "zsh", ask: (script, line) => ["-f", "-c", ASK_ZSH, "zsh", script, line] },
  {
    name: "fish",
    ask: (script, line) => [
      ...["--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
    ],
  },
];

for (const { name, ask } of shells) {
  const isThere = await run(name, ["--version"]) !== undefined;
  Deno.test({
    name: `completion ${name} offers tasks, and the flags of each${isThere ? "" : " (not here)"}`,
    ignore: !isThere,
    async fn() {
      await using box = await sandbox(`completion-${name}`);
      await using print = program("completion/main.ts", [name], {
        permissions: "healthz",
        env: box.env,
      });
      const { code, stdout } = await print.ended();
      assert.equal(code, 0);
      const script = `${box.settings.runtimeDir}/completion`;
      await Deno.writeTextFile(script, stdout);
      const offered = async (line: string) => (await run(name, ask(script, line)))!;

      const tasks = await offered("deno task ver");
      assert.match(tasks, /\bverify\b/);
      assert.doesNotMatch(tasks, /\bstatus\b/);
      const all = await offered("deno task ");
      for (const task of Object.keys(config.tasks)) assert.ok(all.includes(task), task);
      assert.match(await offered("deno task scenario:qu"), /\bquick\b/);
      const flags = await offered("deno task verify --");
      assert.match(flags, /--files-only/);
      assert.doesNotMatch(flags, /--batch-size/);
      assert.match(await offered("deno task logs ka"), /\bkafka\b/);
      assert.match(await offered("deno task status --w"), /--watch/);
      assert.doesNotMatch(await offered("deno run ver"), /\bverify\b.*\bproof|Prove/);
    },
  });
}

/** What a command prints; undefined where it is not installed. */
async function run(command: string, args: string[]): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(command, {
      args,
      cwd: PROJECT,
      stdin: "null",
      env: { TERM: "xterm" },
    }).output();
    // deno-lint-ignore no-control-regex -- what a terminal is told besides the text
    return new TextDecoder().decode(stdout).replaceAll(/\x1b\[[?\d]*[A-Za-z]/g, " ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
