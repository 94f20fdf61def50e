#!/bin/bash
# What the official image's entrypoint does, as far as our services use it: makes the database cluster
# when there is none, with a server that only its socket reaches, and runs the command as postgres.
# Not here: *_FILE variables, compressed scripts, another user.
set -Eeuo pipefail

[[ ${1:-} == -* ]] && set -- postgres "$@"
[[ ${1:-} == postgres ]] || exec "$@"

if [[ $(id -u) == 0 ]]; then
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    find "$PGDATA" ! -user postgres -exec chown postgres {} +
    exec setpriv --reuid postgres --regid postgres --init-groups "$BASH_SOURCE" "$@"
fi

if [[ -s $PGDATA/PG_VERSION ]]; then
    echo "PostgreSQL Database directory appears to contain a database; Skipping initialization"
    exec "$@"
fi
if [[ ! ${POSTGRES_PASSWORD:-} ]]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    exit 1
fi
if [[ -s /var/lib/postgresql/PG_VERSION || -s /var/lib/postgresql/data/PG_VERSION ]] ||
    mountpoint -q /var/lib/postgresql/data; then
    echo "Error: in 18+, the place of the volume is /var/lib/postgresql, without data of older versions" >&2
    exit 1
fi

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
# The arguments are words for the shell. Debian's PostgreSQL has its socket where the flag puts it.
eval 'initdb --username="$user" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") \
    --set unix_socket_directories=/var/run/postgresql '"${POSTGRES_INITDB_ARGS:-}"
printf '\nhost all all all scram-sha-256\n' >> "$PGDATA/pg_hba.conf"

pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
export PGPASSWORD=$POSTGRES_PASSWORD
sql() {
    psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$user" "$@"
}
if [[ $database != postgres ]]; then
    sql --dbname postgres --set db="$database" <<< 'CREATE DATABASE :"db"'
fi
for script in /docker-entrypoint-initdb.d/*; do
    case $script in
    *.sh) if [[ -x $script ]]; then "$script"; else . "$script"; fi ;;
    *.sql) sql --dbname "$database" --file "$script" ;;
    esac
done
unset PGPASSWORD
pg_ctl -D "$PGDATA" -m fast -w stop

printf '\nPostgreSQL init process complete; ready for start up.\n\n'
exec "$@"
