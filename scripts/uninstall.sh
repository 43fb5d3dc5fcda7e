#!/usr/bin/env bash
# Stops the appliance and removes its containers. Data, secrets and backups stay, unless --data is given.
set -euo pipefail
usage="usage: sudo scripts/uninstall.sh [--data]   --data: documents, database and indexes go, too; backups and secrets stay"
cd "$(dirname "$0")/.."
case "${1:-}" in
-h | --help)
    sed -n '2s/^# //p' scripts/uninstall.sh
    echo "$usage"
    exit 0
    ;;
"") docker compose down ;;
--data)
    if [ -t 0 ]; then
        read -r -p "Type the word delete to remove every document of this server: " word
    else
        read -r word || true
    fi
    [ "$word" = delete ] || { echo "scripts/uninstall.sh: nothing was removed." >&2; exit 1; }
    project=$(docker compose config | sed -n 's/^name: //p')
    docker compose down
    docker volume rm "${project}_data" "${project}_postgres" "${project}_models"
    ;;
*)
    echo "scripts/uninstall.sh: there is no option $1."$'\n'"$usage" >&2
    exit 2
    ;;
esac
