/** What a server supports beyond what every S3 does; see conditional_writes.ts. */
export interface S3Abilities {
  /** Whether a completion with `If-None-Match: *` never replaces an object. */
  readonly conditional: boolean;
  /** Whether the response to a completion holds the checksum of the new object. */
  readonly returnsChecksum: boolean;
}

/** Those of AWS and of VersityGW. */
export const FULL_ABILITIES: S3Abilities = { conditional: true, returnsChecksum: true };
