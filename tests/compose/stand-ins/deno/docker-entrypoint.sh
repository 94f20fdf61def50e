#!/bin/sh
# Runs deno when the first argument is one of its commands or a flag, else the arguments themselves.
case ${1:-} in
"" | -* | add | bench | bundle | cache | check | compile | coverage | doc | eval | fmt | info | init | \
    install | lint | publish | remove | repl | run | serve | task | test | types | uninstall)
    exec deno "$@"
    ;;
esac
exec "$@"
