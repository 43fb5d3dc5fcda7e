#!/usr/bin/env bash
# Brings a snapshot back: `scripts/restore.sh` lists them, `scripts/restore.sh 20241215_143000` restores.
# Options are those of `on-prem-rag restore`, which docs/cli.md lists. The server must be stopped; containers
# are stopped and started again.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source-path=SCRIPTDIR
. scripts/program.sh

if [ "$#" = 0 ]; then
    run backup list
    echo "Restore one with: scripts/restore.sh NAME [--identity FILE] [--resurrect]"
    exit 0
fi
case "$1" in
-h | --help) exec sed -n '2,4s/^# //p' "$0" ;;
esac
if ! in_containers; then
    run restore "$@"
    exit
fi
# Only the database's owner may put another one in its place.
docker compose stop rag-backend worker
restored=0
terminal=--interactive
[ -t 0 ] || terminal=--no-TTY
docker compose run --rm "$terminal" migrate restore "$@" || restored=$?
docker compose up --detach --wait
exit "$restored"
