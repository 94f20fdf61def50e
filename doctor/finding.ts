import { UserError } from "../shared/cli/errors.ts";

/** What one check has found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `problem`: something that is asked of this machine will fail; `note`: worth knowing. */
  readonly state: "ok" | "note" | "problem";
  readonly what: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Runs a check: an error for people is a problem, with what to do about it. */
export async function check(name: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check: name, state: "ok", what: await look() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: name, state: "problem", what: error.message, hint: error.hint };
  }
}
