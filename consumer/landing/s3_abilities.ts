/** What a server does beyond what every S3 does; see conditional_writes.ts. */
export interface S3Abilities {
  /** Whether a completion with `If-None-Match: *` never replaces an object. */
  readonly conditional: boolean;
  /** Whether the answer to a completion tells the checksum of the object that it made. */
  readonly returnsChecksum: boolean;
}

/** Those of AWS and of VersityGW. */
export const FULL_ABILITIES: S3Abilities = { conditional: true, returnsChecksum: true };
