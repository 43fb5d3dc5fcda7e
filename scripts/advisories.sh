#!/usr/bin/env bash
# Asks the public advisory services whether a locked package has a known weakness. Needs the internet, so it
# is for connected machines. With --dry-run it gathers what it would ask about and asks nobody.
# Exit codes: 0 none known, 1 some are, or nobody answered.
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: scripts/advisories.sh [--dry-run]"
dry_run=()
case "${1:-}" in
"") ;;
--dry-run) dry_run=(--dry-run) ;;
-h | --help)
    sed -n '2,4s/^# //p' "$0"
    echo "$usage"
    exit 0
    ;;
*)
    echo "scripts/advisories.sh: unknown option $1" >&2
    echo "$usage" >&2
    exit 2
    ;;
esac
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

found=0
# What pyproject.toml drops stays in the lock under a marker that is never true.
scripts/uv export --quiet --locked --no-dev --no-emit-project --no-hashes | grep -v "'never'" \
    >"$staging/requirements.txt"
scripts/uv tool run --quiet --from pip-audit==2.10.1 pip-audit --vulnerability-service osv --strict \
    --disable-pip --no-deps --requirement "$staging/requirements.txt" "${dry_run[@]}" || found=1
if [ "${#dry_run[@]}" = 0 ]; then
    # Build tools and checkers run on connected machines alone.
    scripts/uv run npm --prefix src/web audit --package-lock-only --omit=dev || found=1
fi
exit "$found"
