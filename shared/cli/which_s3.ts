import process from "node:process";

/** Any of these set means that the user has chosen an S3: the AWS SDK's standard variables. */
const AWS_VARIABLES = [
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_PROFILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the runtime's local S3 is used: S3 says so, or neither it nor an AWS variable is set. */
export function usesLocalS3(env: Environment = process.env): boolean {
  const { S3 } = env;
  return S3?.trim() ? S3.trim() === "local" : awsVariables(env).length === 0;
}

/** Why an S3 other than the local one is used, in words: "AWS_PROFILE is set". */
export function whyNotLocal(env: Environment = process.env): string {
  if (env.S3?.trim()) return `S3=${env.S3.trim()}`;
  const names = awsVariables(env);
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} set`;
}

/** The AWS variables that choose an S3 other than the local one. */
export function awsVariables(env: Environment = process.env): string[] {
  return AWS_VARIABLES.filter((name) => env[name]?.trim());
}

/** The chosen region, as AWS's own tools resolve it; undefined: that of the profile. */
export function awsRegion(env: Environment = process.env): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}

/** The address of a chosen S3 that is not AWS. */
export function awsEndpoint(env: Environment = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}
