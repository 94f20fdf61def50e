import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { ServiceError, UserError } from "../shared/cli/errors.ts";
import { metricsResponse } from "../shared/metrics/metrics_text.ts";
import { explain } from "../verify/explain_verify.ts";
import { type Access, guard } from "./access.ts";
import { flowApi } from "./api/flow.ts";
import { filesApi } from "./api/files.ts";
import { lettersApi } from "./api/letters.ts";
import { groupsApi } from "./api/groups.ts";
import { searchApi } from "./api/search.ts";
import { topicsApi } from "./api/topics.ts";
import { runsApi } from "./api/runs.ts";
import { traceApi } from "./api/trace.ts";
import { verifyApi } from "./api/verify.ts";
import { warehouseApi } from "./api/warehouse.ts";
import type { Connections } from "./connections.ts";
import { flowMetrics } from "./flow/flow_metrics.ts";
import type { Watch } from "./flow/watch.ts";
import { importMapHash, indexPage, pageFile } from "./page_files.ts";

/** What the parts of the console's API are made of. */
export interface Parts {
  readonly connections: Connections;
  readonly watch: Watch;
  /** Whether the programs of the machine, and what they leave in its files, may be out of sight. */
  readonly inContainer: boolean;
  /** Aborted when the console stops. */
  readonly signal: AbortSignal;
}

/**
 * The console as an application: its page, what the page loads, and the API that the page asks. All that
 * is not GET changes something, and is let in by the guard only.
 */
export function consoleApp(parts: Parts, access: Access): Hono {
  const app = new Hono();
  app.use(guard(access));
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'", importMapHash],
      // uPlot places its parts by style attributes.
      styleSrc: ["'self'"],
      styleSrcAttr: ["'unsafe-inline'"],
      imgSrc: ["'self'", "data:"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    strictTransportSecurity: false,
  }));
  app.onError((thrown, context) => {
    const error = explain(thrown, parts.connections.settings);
    if (error instanceof UserError) {
      const { message, hint } = error;
      return context.json({ message, hint }, error instanceof ServiceError ? 502 : 400);
    }
    console.error(error);
    return context.json({ message: `Unexpected error: ${error}` }, 500);
  });
  app.notFound((context) => context.text("there is no such page\n", 404));

  app.get("/", async (context) => {
    context.header("cache-control", "no-store");
    return context.html(await indexPage(access.changeToken));
  });
  app.get("/healthz", (context) => context.text("ok\n"));
  const metrics = flowMetrics(parts.watch);
  app.get("/metrics", () => metricsResponse(metrics));
  for (
    const api of [
      flowApi,
      traceApi,
      topicsApi,
      searchApi,
      groupsApi,
      filesApi,
      lettersApi,
      warehouseApi,
      verifyApi,
      runsApi,
    ]
  ) {
    app.route("/api", api(parts));
  }
  app.get("/*", async (context) => {
    const file = await pageFile(context.req.path.slice(1));
    if (!file) return context.notFound();
    return context.body(file.body, 200, {
      "content-type": file.contentType,
      "cache-control": "no-cache",
    });
  });
  return app;
}
