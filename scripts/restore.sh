#!/usr/bin/env bash
# Brings a snapshot back: `scripts/restore.sh` lists them, `scripts/restore.sh 20241215_143000` restores.
# The server must be stopped; options are those of `on-prem-rag restore`, which docs/cli.md lists.
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
    if command -v on-prem-rag >/dev/null; then on-prem-rag "$@"; else scripts/uv run --quiet on-prem-rag "$@"; fi
}

if [ "$#" = 0 ]; then
    run backup list
    echo "Restore one with: scripts/restore.sh NAME [--identity FILE] [--resurrect]"
    exit 0
fi
case "$1" in
-h | --help) exec sed -n '2,3s/^# //p' "$0" ;;
esac
run restore "$@"
