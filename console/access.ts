import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";

/** Who may ask the console. */
export interface Access {
  /** Beside the names of this machine, by which names it may be called; undefined: by any. */
  readonly hosts: readonly string[] | undefined;
  /** What a visitor must show first, where others than this machine can connect. */
  readonly visitToken?: string;
  /** What a request must bear that changes something; the page knows it. */
  readonly changeToken: string;
}

const LOCAL_NAMES = ["127.0.0.1", "localhost", "[::1]"];
const COOKIE = "automotive_console";
/** The header with the token of a request that changes something. */
export const TOKEN_HEADER = "x-console-token";

/**
 * Lets in who may see the console. The Host header must be a name of ours: a web page elsewhere can
 * have its own name resolve to 127.0.0.1, and would read the answers (DNS rebinding). What is not GET
 * needs the page's token and, if the browser sends one, our own origin.
 */
export function guard({ hosts, visitToken, changeToken }: Access): MiddlewareHandler {
  const known = hosts && [...LOCAL_NAMES, ...hosts];
  return async (context, next) => {
    const { hostname, host } = new URL(context.req.url);
    if (known && !known.includes(hostname)) return context.text("wrong host\n", 421);
    // Health is no secret, and who starts the console asks for it.
    if (visitToken !== undefined && context.req.path !== "/healthz") {
      // In a query a plus sign, which Base64 has, means a blank; a token has none.
      const shown = context.req.query("token")?.replaceAll(" ", "+");
      if (shown !== undefined && isSame(shown, visitToken)) {
        setCookie(context, COOKIE, visitToken, { httpOnly: true, sameSite: "Strict", path: "/" });
        return context.redirect(context.req.path);
      }
      if (!isSame(getCookie(context, COOKIE) ?? "", visitToken)) {
        return context.text("open the console with ?token= and the value of CONSOLE_TOKEN\n", 401);
      }
    }
    // Another site cannot read the answers, but could keep us busy with its questions.
    const isForeign = context.req.header("sec-fetch-site") === "cross-site";
    if (isForeign && context.req.path !== "/") return context.text("ask from the page\n", 403);
    if (!["GET", "HEAD"].includes(context.req.method)) {
      const origin = context.req.header("origin");
      const isOurs = origin === undefined || URL.parse(origin)?.host === host;
      if (!isOurs || !isSame(context.req.header(TOKEN_HEADER) ?? "", changeToken)) {
        return context.text("only the console's own page may ask for this\n", 403);
      }
    }
    await next();
  };
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [new TextEncoder().encode(one), new TextEncoder().encode(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
