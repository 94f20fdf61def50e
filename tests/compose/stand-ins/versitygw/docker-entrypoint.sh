#!/bin/sh
# Runs versitygw with the arguments or, without any, with what VGW_BACKEND and the variables that go
# with it say. All other settings are the program's own, which reads them from the environment.
set -e

program=${VGW_BINARY:-/usr/local/bin/versitygw}
[ $# -gt 0 ] && exec "$program" "$@"

case ${VGW_BACKEND:-} in
posix | scoutfs | s3 | azure | plugin) ;;
"") echo "No command arguments were provided and VGW_BACKEND is unset." >&2 && exit 1 ;;
*) echo "VGW_BACKEND invalid backend (was '$VGW_BACKEND')." >&2 && exit 1 ;;
esac

# Global flags come before the backend and its own flags after it; those two are lists of words.
exec "$program" ${VGW_ARGS:-} "$VGW_BACKEND" \
    ${VGW_BACKEND_ARG:+"$VGW_BACKEND_ARG"} ${VGW_BACKEND_ARGS:-}
