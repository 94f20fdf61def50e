/// <reference lib="dom" />
import { useEffect, useRef, useState } from "preact/hooks";
import type { SearchProgress, SearchStart } from "../api/search.ts";
import type { Message } from "../topics/message.ts";
import { ApiError } from "./api.ts";

/** A search as far as it is. */
export interface Search {
  readonly isRunning: boolean;
  readonly found: readonly Message[];
  /** Found earlier, and shown no longer: the page keeps so many only. */
  readonly dropped: number;
  readonly newestFirst: boolean;
  /** Offsets read, of so many; undefined: the first answer is awaited. */
  readonly read: number;
  readonly total?: number;
  /** Where to go on from; undefined: all is read. */
  readonly cursor?: string;
  readonly error?: ApiError;
}

/** A search, and what can be done with it. */
export interface Searching {
  readonly search: Search;
  /** Searches anew. @param query as `GET /api/search` takes it */
  readonly begin: (query: Record<string, string>) => void;
  readonly goOn: () => void;
  readonly stop: () => void;
}

/** How many messages are kept. */
const MOST = 1_000;
const NOTHING: Search = { isRunning: false, found: [], dropped: 0, newestFirst: false, read: 0 };

/** Searches on the server, for as long as the page wants to know. */
export function useSearch(): Searching {
  const [search, setSearch] = useState<Search>(NOTHING);
  const source = useRef<EventSource | null>(null);
  const query = useRef<Record<string, string>>({});
  const stop = () => {
    source.current?.close();
    source.current = null;
    setSearch((search) => ({ ...search, isRunning: false }));
  };
  const open = (before: Search) => {
    source.current?.close();
    const { cursor } = before;
    const parameters = new URLSearchParams({ ...query.current, ...cursor ? { cursor } : {} });
    const events = source.current = new EventSource(`/api/search?${parameters}`);
    setSearch({ ...before, isRunning: true, error: undefined });
    events.addEventListener("start", ({ data }) => {
      const { newestFirst, total } = JSON.parse(data) as SearchStart;
      setSearch((search) => ({ ...search, newestFirst, total: search.total ?? total }));
    });
    events.addEventListener("progress", ({ data }) => {
      const { found, read, cursor } = JSON.parse(data) as SearchProgress;
      setSearch((search) => {
        const all = [...search.found, ...found];
        const kept = all.slice(-MOST);
        const dropped = search.dropped + all.length - kept.length;
        return { ...search, found: kept, dropped, read: before.read + read, cursor };
      });
    });
    const fail = (error: ApiError) => {
      stop();
      setSearch((search) => ({ ...search, error }));
    };
    events.addEventListener("problem", ({ data }) => {
      const { message, hint } = JSON.parse(data);
      fail(new ApiError(message, hint));
    });
    events.addEventListener("error", () => fail(new ApiError("The console does not answer")));
    events.addEventListener("end", stop);
  };
  useEffect(() => () => source.current?.close(), []);
  return {
    search,
    begin(wanted) {
      query.current = wanted;
      open(NOTHING);
    },
    goOn: () => open(search),
    stop,
  };
}
