import { taskCommand } from "../cli/task_command.ts";

/** What an error code of PostgreSQL means, and what to do. */
export interface Explanation {
  /** Why; PostgreSQL's own words where they say more. */
  readonly why?: string;
  readonly hint: string;
  /** Whether a retry may succeed without any change here. */
  readonly canRetry?: boolean;
}

const SEE_LOG = "see the server's log";
const UPDATE = `bring the schema up to date with: ${
  taskCommand("etl")
}; or undo what was changed by hand`;

/** Explains a code, else its class, which is its first two characters. */
export function explainCode(code: string, message: string): Explanation {
  // The code is the same for an unknown user and for one that may not connect from here.
  if (code === "28000" && /pg_hba/.test(message)) {
    return {
      why: "pg_hba.conf rejects this user, address, or connection without TLS",
      hint: "add a line for it to the server's pg_hba.conf, or sslmode=require to WAREHOUSE_URL",
    };
  }
  return EXPLANATIONS[code] ?? EXPLANATIONS[code.slice(0, 2)] ?? { hint: SEE_LOG };
}

/**
 * What codes, and classes of codes, mean. The only place for these texts.
 *
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  "08": { hint: "check whether the server is up, and the network", canRetry: true },
  "08P01": {
    hint: "check what listens there: it does not speak this version of PostgreSQL's protocol",
  },
  "0A": { hint: "it is not PostgreSQL 18, or lacks a feature: see the server's log" },
  "22": { hint: SEE_LOG },
  "23": { hint: SEE_LOG },
  "25006": {
    why: "it is read-only, or a standby",
    hint: "name the primary in WAREHOUSE_URL, or turn default_transaction_read_only off",
    canRetry: true,
  },
  "25P03": {
    hint: "raise idle_in_transaction_session_timeout of the server",
    canRetry: true,
  },
  "25P04": { hint: "raise transaction_timeout of the server", canRetry: true },
  "25": { hint: SEE_LOG },
  "28000": {
    why: "password authentication failed",
    hint: "correct the user and the password in WAREHOUSE_URL",
  },
  "28P01": {
    why: "password authentication failed",
    hint: "correct the user and the password in WAREHOUSE_URL",
  },
  "3D000": {
    why: "there is no such database",
    hint: "create it (createdb), or correct WAREHOUSE_URL",
  },
  "3F000": { hint: UPDATE },
  "40": { hint: "usually transient: another program works on the same rows", canRetry: true },
  "42501": {
    hint: "grant the user of WAREHOUSE_URL CREATE on the database, or USAGE on the schema",
  },
  "42": { hint: UPDATE },
  "53100": {
    why: "its disk is full",
    hint: "free space on the server's disk",
    canRetry: true,
  },
  "53200": { why: "it is out of memory", hint: "give the server more memory", canRetry: true },
  "53300": {
    hint: "free connections of the server, or raise max_connections or the user's limit",
    canRetry: true,
  },
  "53400": { hint: "raise the limit that is named in the server's settings", canRetry: true },
  "53": { hint: "free disk space, memory or connections of the server", canRetry: true },
  "54": { hint: SEE_LOG },
  "55P03": { hint: "find out who holds the lock: pg_locks, pg_stat_activity", canRetry: true },
  "55": { hint: SEE_LOG, canRetry: true },
  "57014": {
    hint: "find out who cancelled it, or raise statement_timeout",
    canRetry: true,
  },
  "57P01": {
    why: "it was shut down, or an administrator terminated the connection",
    hint: "check whether the server is coming back",
    canRetry: true,
  },
  "57P02": {
    why: "it crashed, and is restarting",
    hint: SEE_LOG,
    canRetry: true,
  },
  "57P03": {
    hint: "wait until the server has started, or recovered",
    canRetry: true,
  },
  "57P04": {
    why: "the database was dropped",
    hint: "create it (createdb), or correct WAREHOUSE_URL",
  },
  "57P05": { hint: "raise idle_session_timeout of the server", canRetry: true },
  "57": { hint: SEE_LOG, canRetry: true },
  "58": {
    hint: "check the server's log and its disk",
    canRetry: true,
  },
  F0: { hint: "correct the server's configuration file" },
  XX: { hint: "see the server's log, and check its data (amcheck) before you go on" },
};
