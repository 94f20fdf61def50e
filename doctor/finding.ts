import { UserError } from "../shared/cli/errors.ts";

/** The outcome of a check. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `problem`: something will fail on this machine; `note`: worth knowing. */
  readonly state: "ok" | "note" | "problem";
  readonly what: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Runs a check: a UserError becomes a problem, with what to do about it. */
export async function check(name: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check: name, state: "ok", what: await look() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { check: name, state: "problem", what: error.message, hint: error.hint };
  }
}
