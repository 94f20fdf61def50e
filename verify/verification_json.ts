import { UserError } from "../shared/cli/errors.ts";
import { isProved } from "./text.ts";
import type { Verification } from "./verification.ts";

/**
 * What was proved, as one line of JSON: `proved`, and what the tables and lines for people are made of.
 * Why the warehouse was not looked at is an object with `error`, and perhaps `hint`.
 */
export function verificationJson(
  verification: Verification,
  { group }: { readonly group: string },
): string {
  return JSON.stringify(
    { proved: isProved(verification), group, ...verification },
    (_, value) => value instanceof UserError ? { error: value.message, hint: value.hint } : value,
  );
}
