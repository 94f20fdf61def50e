/**
 * The first import of every entry file: ends the program with a hint on how to start it when it
 * lacks what its permission set allows. Libraries that read a variable while they are loaded would
 * end it with a stack trace of theirs, or a terminal would be asked about each.
 */
import { painter } from "./colour.ts";
import { lackingOf, ownScript, setOf } from "./permission_set.ts";
import { runCommandLine } from "./task_command.ts";

const script = ownScript();
const set = script && setOf(script);
const lacking = set ? lackingOf(set) : [];
if (script && set && lacking.length > 0) {
  console.error(
    painter(Deno.stderr)(
      `✗ Cannot run ${script}: permissions are missing (${lacking.join(", ")})`,
    ),
  );
  console.error(`  → start it with its permission set: ${runCommandLine(set, script, Deno.args)}`);
  Deno.exit(2);
}
