import { homedir } from "node:os";
import { dirname } from "node:path";
import { rootMessage, UserError } from "../cli/errors.ts";
import { allowHint, deniedAddress, ownSets } from "../cli/net_permission.ts";
import { setReads } from "../cli/permission_set.ts";
import { whyNotLocal } from "../cli/which_s3.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The user-facing error when something on this side keeps the AWS SDK from the chosen S3: a profile
 * that the permission set does not let it read, a host that it does not allow, or no region. The
 * SDK itself would blame the credentials or the network. Undefined when it is something else.
 *
 * @param env the AWS SDK's variables
 */
export function explainAccess(error: unknown, env: Environment): UserError | undefined {
  const noRegion = rootMessage(error) === "Region is missing";
  const noCredentials = error instanceof Error && error.name === "CredentialsProviderError";
  if (noRegion || noCredentials) {
    const folder = unreadableProfiles(env);
    if (env.AWS_PROFILE && folder) return profileDenied(env.AWS_PROFILE, folder, error);
  }
  if (noRegion) {
    return new UserError(
      `Cannot use S3: no region is set, although ${whyNotLocal(env)}`,
      "set AWS_REGION to the bucket's region, or S3=local to use the local S3",
      { cause: error },
    );
  }
  const address = deniedAddress(error);
  if (address) {
    return new UserError(
      `Cannot connect to ${address}: this script's permission set does not allow the host`,
      allowHint(address),
      { cause: error },
    );
  }
}

/**
 * Makes sure that programs about to be started may read the AWS profile that they need.
 *
 * @param sets their permission sets
 * @throws {UserError} naming the first set that does not allow it
 */
export function requireProfile(sets: readonly string[], env: Environment): void {
  const { AWS_PROFILE } = env;
  if (!AWS_PROFILE) return;
  for (const set of sets) {
    const denied = profileFiles(env).find((path) => !setReads(set, path));
    if (denied) throw profileDenied(AWS_PROFILE, dirname(denied), undefined, `the set "${set}"`);
  }
}

/**
 * A folder of the AWS profiles' files that this script may not read; undefined if it may read them.
 */
function unreadableProfiles(env: Environment): string | undefined {
  const denied = profileFiles(env).find((path) =>
    Deno.permissions.querySync({ name: "read", path }).state !== "granted"
  );
  return denied && dirname(denied);
}

function profileFiles({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: Environment): string[] {
  return [
    AWS_SHARED_CREDENTIALS_FILE || `${homedir()}/.aws/credentials`,
    AWS_CONFIG_FILE || `${homedir()}/.aws/config`,
  ];
}

function profileDenied(profile: string, folder: string, cause: unknown, set?: string): UserError {
  const who = set ? `a program with ${set}` : "this script";
  return new UserError(
    `Cannot use the AWS profile "${profile}": ${who} may not read ${folder}`,
    `add "${folder}" to "read" of ${
      set ?? ownSets()
    } under "permissions" in deno.json (or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION instead; or S3=local to use the local S3)`,
    { cause },
  );
}
