#!/usr/bin/env bash
# Brings the version back that ran before the last upgrade, replica by replica, with everything that was done since.
set -euo pipefail
usage="usage: sudo scripts/rollback.sh
exit codes: 1 failed, 2 wrong use, 75 another upgrade is under way"
case "${1:-}" in
-h | --help)
    sed -n '2s/^# //p' "$0"
    echo "$usage"
    exit 0
    ;;
"") ;;
*)
    echo "scripts/rollback.sh: there is no option $1."$'\n'"$usage" >&2
    exit 2
    ;;
esac
home=$(cd "$(dirname "$0")/.." && pwd -P)
# shellcheck source=scripts/release.sh
. "$home/scripts/release.sh"
cd "$home"
lock
[ -f .previous ] || fail 2 "no upgrade was made here, so there is nothing to go back to."
read -r old before <.previous
new=$(version_of "$home")
[ "$old" != "$new" ] || fail 2 "version $old runs already."
say "From $new back to $old"
note rollback "$old" begun
go_back "$home/releases/$new" "$home/releases/$old" "$before" || { note rollback "$old" failed; fail 1 "not everything became healthy: docker compose ps"; }
note rollback "$old" "done"
say "Version $old runs."
