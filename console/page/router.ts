/// <reference lib="dom" />
import { useEffect, useState } from "preact/hooks";

/** Where the reader is: `#/files/sales?after=…` is the view `files`, its rest, and its parameters. */
export interface Route {
  readonly view: string;
  readonly rest: string;
  readonly query: URLSearchParams;
}

/** The address of a view, for links. */
export function hrefOf(view: string, rest = "", query: Record<string, string> = {}): string {
  const filled = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(filled).toString();
  const path = rest === "" ? view : `${view}/${encodeURIComponent(rest)}`;
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

/** Goes to a view. */
export function goTo(view: string, rest?: string, query?: Record<string, string>): void {
  location.hash = hrefOf(view, rest, query);
}

/** The route of now. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  const [path = "", search = ""] = hash.replace(/^#\//, "").split("?");
  const [view = "", ...rest] = path.split("/");
  return {
    view: view || "flow",
    rest: decodeURIComponent(rest.join("/")),
    query: new URLSearchParams(search),
  };
}
