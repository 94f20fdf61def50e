/**
 * What is used of the package: its types at DefinitelyTyped bring Node's own, which differ from
 * Deno's.
 */

/** A request to sign, and the same with its signature in the headers. */
export interface Aws4Request {
  method: string;
  host: string;
  path: string;
  service: string;
  region: string;
  headers: Record<string, string>;
}

/** The signer's credentials. */
export interface Aws4Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Signature Version 4. */
declare const aws4: {
  /** Signs a request by Signature Version 4. */
  sign(request: Aws4Request, credentials: Aws4Credentials): Aws4Request;
};
export default aws4;
