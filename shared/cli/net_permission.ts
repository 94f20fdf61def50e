import { causesOf, UserError } from "./errors.ts";
import { ownScript, ownSet, setAllows } from "./permission_set.ts";
import { runCommandLine } from "./task_command.ts";

const DENIED = /(?:Requires net access to "|getaddrinfo EPERM )([^\s"]+)/;

/**
 * Makes sure that this program may connect to the addresses: libraries would turn the denial into a
 * connection that fails for no visible reason.
 *
 * @param addresses `host:port` each
 * @throws {UserError} naming the first address that is not allowed
 */
export function assertNetAllowed(addresses: readonly string[]): void {
  for (const host of addresses) {
    if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") {
      throw netDenied(host);
    }
  }
}

/**
 * The user-facing error when a library was denied an address: a broker may name others than those
 * it was first reached at. Undefined when the error is another one.
 */
export function explainNetDenied(error: unknown): UserError | undefined {
  const address = deniedAddress(error);
  return address ? netDenied(address) : undefined;
}

/**
 * The address that this program may not connect to, if an error or one of its causes says so:
 * Deno's own error, or that of node:dns, which knows the host only.
 */
export function deniedAddress(error: unknown): string | undefined {
  for (const { message } of causesOf(error)) {
    const address = DENIED.exec(message)?.[1];
    if (address) return address;
  }
}

function netDenied(address: string): UserError {
  const set = ownSet();
  const who = set ? `the permission set "${set}"` : "this script's permission set";
  return new UserError(
    `Cannot connect to ${address}: ${who} does not allow the host`,
    allowHint(address),
  );
}

/** How the user allows a host, for this program and those that it starts. */
export function allowHint(address: string): string {
  const script = ownScript();
  const set = ownSet();
  if (script && set && setAllows(set, address)) {
    return `start it with its permission set: ${runCommandLine(set, script, Deno.args)}`;
  }
  return `add "${
    address.replace(/:\d+$/, "")
  }" to "net" of ${ownSets()} under "permissions" in deno.json`;
}

/** The program's permission set, and those of the programs that it starts, in words. */
export function ownSets(): string {
  const set = ownSet() ?? "consumer";
  return set === "orchestrator"
    ? `the set "${set}", and of those of what it starts ("producer", "consumer", "loader", "console")`
    : `the set "${set}"`;
}
