import { homedir } from "node:os";
import { dirname } from "node:path";
import { rootMessage, UserError } from "./errors.ts";
import { allowHint, deniedAddress, ownSets } from "./net_permission.ts";
import { whyNotLocal } from "./which_s3.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The error for a person when this side keeps the AWS SDK from reaching the chosen S3: a profile
 * that the permission set does not let it read, a host that it does not allow, or no region. The SDK
 * itself would blame the credentials or the network. Undefined when it is something else.
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

/** A folder of the AWS profiles' files that this script may not read; undefined if it may read them. */
function unreadableProfiles(
  { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE }: Environment,
): string | undefined {
  const files = [
    AWS_SHARED_CREDENTIALS_FILE || `${homedir()}/.aws/credentials`,
    AWS_CONFIG_FILE || `${homedir()}/.aws/config`,
  ];
  const denied = files.find((path) =>
    Deno.permissions.querySync({ name: "read", path }).state !== "granted"
  );
  return denied && dirname(denied);
}

function profileDenied(profile: string, folder: string, cause: unknown): UserError {
  return new UserError(
    `Cannot use the AWS profile "${profile}": this script may not read ${folder}`,
    `add "${folder}" to "read" of ${ownSets()} under "permissions" in deno.json (or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION instead; or S3=local to use the local S3)`,
    { cause },
  );
}
