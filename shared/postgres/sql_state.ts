import pg from "pg";
import { certificateError } from "../cli/certificate_error.ts";
import { isUnknownHost, rootMessage, ServiceError } from "../cli/errors.ts";
import { allowHint, deniedAddress } from "../cli/net_permission.ts";
import { taskCommand } from "../cli/task_command.ts";
import { explainCode, type Explanation } from "./postgres_error_codes.ts";
import { warehouseAddress, type WarehouseTarget } from "./address.ts";

/**
 * An error of PostgreSQL, or of the connection, for the user: what failed, why, what to do. Never
 * shows a secret. The texts are in postgres_error_codes.ts.
 */
export function explainWarehouse(error: unknown, target: WarehouseTarget): ServiceError {
  if (error instanceof ServiceError) return error;
  const service = `The warehouse at ${warehouseAddress(target)}`;
  const code = sqlState(error);
  const { why, hint, canRetry } = code === undefined
    ? explainNoResponse(error, target)
    : explainCode(code, rootMessage(error));
  const said = why ?? rootMessage(error);
  return new ServiceError(
    service,
    `Cannot use the warehouse at ${warehouseAddress(target)}: ${said}${
      code === undefined ? "" : ` (${code})`
    }`,
    hint,
    { canRetry, isUnknownHost: code === undefined && isUnknownHost(error), cause: error },
  );
}

/** Whether an error is PostgreSQL's, or says that its connection is lost. */
export function isWarehouseError(error: unknown): boolean {
  return sqlState(error) !== undefined ||
    error instanceof Error && LOST.test(`${(error as { code?: string }).code} ${error.message}`) &&
      !("$metadata" in error);
}

/** How node:net and pg word it. */
const LOST =
  /ECONN|EPIPE|ETIMEDOUT|Connection terminated|connection error and is not queryable|Client was closed|Query read timeout/;

/**
 * PostgreSQL's code of an error, such as 23505; undefined if it is not the server's.
 *
 * Source: https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? (error as { code?: string }).code : undefined;
}

function explainNoResponse(error: unknown, { warehouseUrl }: WarehouseTarget): Explanation {
  const denied = deniedAddress(error);
  if (denied) {
    return {
      why: "this script's permission set does not allow the host",
      hint: allowHint(denied),
    };
  }
  const certificate = certificateError(error);
  if (certificate) {
    return {
      why: `its certificate is not trusted (${certificate})`,
      hint:
        "add sslrootcert=<PEM file of the CA that signed it> to WAREHOUSE_URL, and use a server name that is in the certificate",
    };
  }
  if (/does not support SSL/.test(rootMessage(error))) {
    return {
      why: "it does not support TLS, and sslmode in WAREHOUSE_URL requires it",
      hint: "turn ssl on in the server, or leave sslmode out",
    };
  }
  return {
    hint: warehouseUrl === undefined
      ? `start it with: ${taskCommand("kafka:start")}`
      : "check WAREHOUSE_URL, the server and the network",
    canRetry: true,
  };
}
