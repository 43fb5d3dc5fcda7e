#!/usr/bin/env bash
# A snapshot, its copy to a second place if BACKUP_COPY_DIR is set, and what is beyond retention goes.
# For cron: docs/operations.md. Exit codes are those of `on-prem-rag backup create` and `prune`.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck source-path=SCRIPTDIR
. scripts/program.sh

case "${1:-}" in
-h | --help)
    echo "usage: scripts/backup.sh [--drill] [options of 'on-prem-rag backup create']"
    echo "Makes a snapshot and prunes; with --drill also restores it into a scratch place."
    exit 0
    ;;
esac
drill=""
if [ "${1:-}" = --drill ]; then
    drill=yes
    shift
fi
lost=0
run backup create "$@" || lost=$?
# 5: a snapshot was made, and it says which originals were lost before.
[ "$lost" = 0 ] || [ "$lost" = 5 ] || exit "$lost"
run backup prune
[ -z "$drill" ] || run backup drill
exit "$lost"
