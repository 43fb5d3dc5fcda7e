#!/usr/bin/env bash
# Brings another version from a signed bundle, replica by replica, without a failed request. A backup comes first;
# if anything is wrong with the new version, the old one is back by itself.
set -euo pipefail
usage="usage: sudo scripts/upgrade.sh BUNDLE.tar [--canary MINUTES]
       --canary: for so long, one request in ten goes to the new version, and its errors and times are watched
exit codes: 1 failed and rolled back, 2 wrong use, 3 the bundle is not what was signed, 4 this server lacks
            something, 75 another upgrade is under way"
home=$(cd "$(dirname "$0")/.." && pwd -P) release="" canary="" bundle=""
while [ "$#" -gt 0 ]; do
    case "$1" in
    -h | --help)
        sed -n '2,3s/^# //p' "$0"
        echo "$usage"
        exit 0
        ;;
    --canary | --release | --home) # the last two are how the old version's script calls the new one's
        [ "$#" -gt 1 ] || { echo "scripts/upgrade.sh: $1 needs a value." >&2; exit 2; }
        declare "${1#--}=$2"
        shift
        ;;
    -*)
        echo "scripts/upgrade.sh: there is no option $1."$'\n'"$usage" >&2
        exit 2
        ;;
    *) bundle=$1 ;;
    esac
    shift
done
if [ -z "$release" ]; then
    [ -n "$bundle" ] || { echo "scripts/upgrade.sh: which bundle?"$'\n'"$usage" >&2; exit 2; }
    release=$("$home/scripts/install.sh" "$bundle" --home "$home" --unpack-only)
    # The new version knows best how to come in.
    exec "$release/files/scripts/upgrade.sh" --release "$release" --home "$home" ${canary:+--canary "$canary"}
fi
# shellcheck source=scripts/release.sh
. "$release/files/scripts/release.sh"
cd "$home"
lock
new=$(version_of "$release") old=$(version_of "$home")
# Cut off in the middle and run again: what was before is still to be known.
[ "$old" != "$new" ] || old=$(cut -d' ' -f1 .upgrading 2>/dev/null || echo "$new")
[ "$old" != "$new" ] || fail 2 "version $new is installed already."
[ -n "$(backends)" ] || fail 4 "the appliance does not run: docker compose up --detach --wait"

# watch NAME: whether the canary does as well as the others
watch() {
    local script='
import sys, urllib.request as r
total = errors = seconds = 0.0
for line in r.urlopen("http://127.0.0.1:9090/metrics", timeout=8).read().decode().splitlines():
    if line.startswith("http_requests_total{"):
        total += float(line.rsplit(" ", 1)[1])
        errors += float(line.rsplit(" ", 1)[1]) if "status=\"5" in line else 0
    if line.startswith("http_request_duration_seconds_sum{"):
        seconds += float(line.rsplit(" ", 1)[1])
print(int(total), int(errors), seconds / max(total, 1))'
    local its others
    its=$(docker exec "$1" python -c "$script") || return 1
    others=$(docker compose exec -T rag-backend python -c "$script") || return 1
    say "Canary: requests, errors, mean seconds: $its; the others: $others"
    awk -v its="$its" -v others="$others" 'BEGIN {
        split(its, a); split(others, b)
        if (a[1] < 20) exit 0
        exit (a[2] / a[1] > 0.01 && a[2] / a[1] > 2 * b[2] / (b[1] + 1)) || a[3] > 2 * b[3] + 0.2
    }'
}

# try_canary MINUTES: one request in ten goes to a backend of the new version
try_canary() {
    local name until good=yes
    name="$(project)-canary"
    docker rm --force "$name" >/dev/null 2>&1 || true
    docker compose run --detach --no-deps --name "$name" rag-backend >/dev/null || return 1
    if await "$name"; then
        docker compose exec -T proxy sh -c 'cat >/etc/nginx/conf.d/backend.conf && nginx -s reload' <<NGINX
split_clients \$request_id \$backend { 10% http://$name:8000; * http://rag-backend:8000; }
NGINX
        until=$(($(date +%s) + $1 * 60))
        while [ "$(date +%s)" -lt "$until" ] && [ -n "$good" ]; do
            sleep 10
            watch "$name" || good=""
        done
        docker compose exec -T proxy /docker-entrypoint.sh nginx -s reload
    else
        good=""
    fi
    docker stop --time 150 "$name" >/dev/null
    [ -n "$good" ] || docker logs --tail 20 "$name" >&2
    docker rm "$name" >/dev/null
    [ -n "$good" ]
}

bring_in() {
    docker compose run --rm --no-deps migrate || { say "The schema could not be migrated."; return 1; }
    if [ -n "$canary" ]; then try_canary "$canary" || { say "The canary did worse."; return 1; }; fi
    roll || { say "The new version did not become healthy."; return 1; }
    settle || { say "Not every part became healthy."; return 1; }
    accept || { say "The acceptance check failed."; return 1; }
}

say "From $old to $new"
load "$release"
scripts/backup.sh
docker compose exec -T rag-backend on-prem-rag backup verify
[ -f .upgrading ] || echo "$old $(schema)" >.upgrading
note upgrade "$new" begun
activate "$release"
if bring_in; then
    mv .upgrading .previous
    note upgrade "$new" "done"
    say "Version $new runs. Back: $home/scripts/rollback.sh"
    exit 0
fi
say "Going back to $old"
read -r _ before <.upgrading
go_back "$release" "$home/releases/$old" "$before" || { note upgrade "$new" "failed, and so did going back"; fail 1 "going back failed, too: docker compose ps"; }
rm .upgrading
note upgrade "$new" "failed, rolled back"
fail 1 "version $new was not taken; $old runs as before."
