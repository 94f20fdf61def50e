# Producers, consumer, dead letters, loader, verify and console in one image, each with its own permission set:
#   docker build -t automotive-pipeline:1 .
#   docker run automotive-pipeline:1 -P=consumer consumer/main.ts --batch-size 50

# Has Deno, tini and the C library, and no shell: every command is in exec form.
FROM denoland/deno:distroless-2.9.6 AS build
WORKDIR /app
ENV DENO_DIR=/app/.deno
COPY deno.json deno.lock ./
# What only the native runtime and the tests need is two thirds of the packages.
RUN ["/bin/deno", "remove", "-q", "embedded-postgres", "ajv", "dclint", "fast-check", "yaml", "@lezer/highlight", "@lezer/lr", "@prometheus-io/lezer-promql", "playwright-core", "axe-core"]
COPY shared shared
COPY producers producers
COPY consumer consumer
COPY dead_letters dead_letters
COPY warehouse warehouse
COPY verify verify
COPY trace trace
COPY tail tail
COPY console console
# Fails now if a module is missing, not when it is first needed; the lock file's hashes are checked.
RUN ["/bin/deno", "cache", "-q", "--frozen", "--node-modules-dir=none", "producers/all.ts", "consumer/main.ts", "consumer/status/healthz.ts", "dead_letters/list.ts", "dead_letters/replay.ts", "warehouse/main.ts", "verify/main.ts", "console/main.ts", "console/page/main.ts"]

FROM denoland/deno:distroless-2.9.6
WORKDIR /app
# The files are root's and cannot be written to by the user that runs them.
COPY --from=build /app /app
ENV DENO_DIR=/app/.deno \
    DENO_NO_UPDATE_CHECK=1
# "nonroot" of distroless images; by number, so that Kubernetes can tell that it is not root.
USER 65532:65532
ENTRYPOINT ["/tini", "--", "/bin/deno", "run", "-q", "--node-modules-dir=none", "--cached-only", "--frozen"]
CMD ["--help"]
