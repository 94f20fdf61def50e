import { rootMessage, UserError } from "./errors.ts";

/** A page: what it answers now. */
export type Page = () => Response;

/** The port of a program's pages. */
export interface PagesPort {
  readonly number: number;
  /** Whether the user has set it: then it is an error if it is taken, else any free port serves. */
  readonly chosen: boolean;
  /** The variable that sets it. */
  readonly variable: string;
}

/** How this machine is called by its own programs. */
const LOCAL_NAMES = ["127.0.0.1", "localhost"];

/**
 * Serves a program's pages on 127.0.0.1, and to requests that name it so. Several of a program run on
 * one machine: unless the port was chosen, any free one will do.
 *
 * @param program what it is called: "consumer"
 * @param pages by their paths
 * @throws {UserError} when it cannot listen
 */
export function serveLocal(
  program: string,
  pages: Readonly<Record<string, Page>>,
  port: PagesPort,
): { readonly port: number } & AsyncDisposable {
  const paths = Object.keys(pages);
  const handler = (request: Request): Response => {
    const { hostname, pathname } = new URL(request.url);
    // A web page can have its own name resolve to 127.0.0.1, and would read the answer.
    if (!LOCAL_NAMES.includes(hostname)) return new Response("wrong host\n", { status: 421 });
    if (Object.hasOwn(pages, pathname)) return pages[pathname]!();
    return new Response(`try ${paths.join(" or ")}\n`, { status: 404 });
  };
  const serve = (number: number) =>
    Deno.serve({ hostname: "127.0.0.1", port: number, onListen() {} }, handler);
  let server;
  try {
    server = serve(port.number);
  } catch (error) {
    const taken = error instanceof Deno.errors.AddrInUse;
    if (!taken || port.chosen) {
      throw new UserError(
        `Cannot serve the ${program}'s status on port ${port.number} (${port.variable}): ${
          taken ? `it is in use, perhaps by another ${program}` : rootMessage(error)
        }`,
        `set ${port.variable} to a port of its own for each ${program}, or leave it unset: each then uses a free one`,
        { cause: error },
      );
    }
    server = serve(0);
  }
  return {
    port: server.addr.port,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
