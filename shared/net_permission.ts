import { UserError } from "./errors.ts";

const DENIED = /(?:Requires net access to "|getaddrinfo EPERM )([^\s"]+)/;

/**
 * Makes sure that this program may talk to some addresses: libraries would turn the refusal into a
 * connection that fails for no visible reason.
 *
 * @param addresses `host:port` each
 * @param set the program's permission set in deno.json
 * @throws {UserError} naming the first address that is not allowed
 */
export function assertNetAllowed(addresses: readonly string[], set: string): void {
  for (const host of addresses) {
    if (Deno.permissions.querySync({ name: "net", host }).state !== "granted") {
      throw netDenied(host, set);
    }
  }
}

/**
 * The error for a person when a library was refused an address: a broker may name others than those
 * it was first reached at. Undefined when the error is another one.
 */
export function explainNetDenied(error: unknown, set: string): UserError | undefined {
  const address = deniedAddress(error);
  return address ? netDenied(address, set) : undefined;
}

/**
 * The address that this program may not talk to, if an error or one of its causes says so: Deno's own
 * error, or that of node:dns, which knows the host only.
 */
export function deniedAddress(error: unknown): string | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    const address = DENIED.exec(current.message)?.[1];
    if (address) return address;
  }
}

function netDenied(address: string, set: string): UserError {
  const host = address.replace(/:\d+$/, "");
  return new UserError(
    `Cannot connect to ${address}: the permission set "${set}" does not allow the host`,
    `add "${host}" to "net" of the set "${set}" under "permissions" in deno.json`,
  );
}
