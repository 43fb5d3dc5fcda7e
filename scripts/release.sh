# shellcheck shell=bash
# Sourced by install.sh, upgrade.sh and rollback.sh, which have set $home: how one version takes the place
# of another. Versions lie unpacked under $home/releases; the files of the running one in $home itself.

# up ARGUMENTS: docker compose up, without a line for what goes well
up() { docker compose --progress quiet up --detach --quiet-pull "$@"; }

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$2" >&2
    exit "$1"
}

home=${home:?set by the script that sources this}

# Nothing else installs, upgrades or rolls back meanwhile.
lock() {
    exec 9>"$home/.release.lock"
    flock --nonblock 9 || fail 75 "another installation or upgrade is under way."
}

# note ACTION VERSION OUTCOME: for the deployment history, and to those who want to know
note() {
    printf '{"time":"%s","action":"%s","version":"%s","outcome":"%s"}\n' \
        "$(date -u +%FT%TZ)" "$1" "$2" "$3" >>"$home/history.jsonl"
    local text
    text="On-Prem RAG on $(uname -n): $1 of $2: $3"
    if [ -n "$(setting NOTIFY_WEBHOOK)" ] && command -v curl >/dev/null; then
        curl --silent --show-error --max-time 10 --header 'Content-Type: application/json' \
            --data "{\"text\":\"$text\"}" "$(setting NOTIFY_WEBHOOK)" >/dev/null || say "The webhook did not answer."
    fi
    if [ -n "$(setting NOTIFY_MAIL)" ] && command -v sendmail >/dev/null; then
        printf 'To: %s\nSubject: %s\n\n%s\n' "$(setting NOTIFY_MAIL)" "$text" "$text" |
            sendmail -t || say "The mail was not taken."
    fi
}

# setting NAME: its value in the environment or in $home/.env
setting() {
    local value="${!1:-}"
    [ -n "$value" ] || value=$(sed -n "s/^$1=//p" "$home/.env" 2>/dev/null | tail -1)
    printf '%s' "$value"
}

version_of() { cat "$1/VERSION" 2>/dev/null || true; }

# load RELEASE: its images, unless the engine has them already
load() {
    local name id file
    while read -r name id file; do
        [ "$(docker image inspect --format '{{.Id}}' "$name" 2>/dev/null)" = "$id" ] && continue
        [ -f "$1/$file" ] || fail 4 "$name is not in this bundle, which only has what changed since $(cat "$1/DELTA_OF"): use the whole bundle."
        say "Loading $name"
        gunzip --stdout "$1/$file" | docker load --quiet >/dev/null
    done <"$1/images.txt"
    if [ -d "$1/models" ]; then
        say "Copying the models"
        docker run --rm --network none --user 0 --entrypoint cp --volume "$(project)_models:/models" \
            --volume "$1/models:/from:ro" "$(image_of "$1")" --recursive --update /from/. /models/
    fi
}

project() { docker compose --project-directory "$home" config 2>/dev/null | sed -n 's/^name: //p'; }

# image_of RELEASE: the appliance's own
image_of() { sed -n '1s/ .*//p' "$1/images.txt"; }

# activate RELEASE: its files become those of $home. What containers have mounted is written into, not replaced.
activate() {
    diff --recursive --brief "$1/files/deploy/nginx" "$home/deploy/nginx" >/dev/null 2>&1 || proxy_changed=yes
    cp --recursive "$1/files/deploy" "$home/"
    (cd "$1/files" && find . -path ./deploy -prune -o -type f -print) | while read -r file; do
        mkdir -p "$home/$(dirname "$file")"
        cp --remove-destination "$1/files/$file" "$home/$file"
    done
    cp "$1/VERSION" "$1/images.txt" "$home/"
}

backends() { docker compose ps --quiet rag-backend; }

# await CONTAINER: until it serves well, ten minutes at the most (it may have to build an index)
await() {
    local state tries=0
    while [ "$tries" -lt 300 ]; do
        state=$(docker inspect --format '{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1" 2>/dev/null || true)
        case "$state" in
        "running 0 healthy")
            docker exec "$1" python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=8)" \
                2>/dev/null && return 0
            ;;
        "running 0 starting") ;;
        *) return 1 ;;
        esac
        sleep 2
        tries=$((tries + 1))
    done
    return 1
}

# is_right CONTAINER: whether it is of the version whose files are in place
is_right() { [ "$(docker inspect --format '{{.Image}}' "$1")" = "$(docker image inspect --format '{{.Id}}' "$(image_of .)")" ]; }

# roll: one after another each backend makes room for one of the files in place, which serves before
roll() {
    local before old new
    for old in $(backends); do
        is_right "$old" && continue
        before=$(backends)
        say "Starting a backend of $(image_of .)"
        # With its dependencies: Compose would take one made without them for another, and replace it.
        up --no-recreate --scale "rag-backend=$(($(wc -w <<<"$before") + 1))" rag-backend || true
        new=$(comm -13 <(sort <<<"$before") <(backends | sort))
        if [ -z "$new" ] || ! await "$new"; then
            [ -z "$new" ] || { docker logs --tail 20 "$new" >&2; docker rm --force "$new" >/dev/null; }
            return 1
        fi
        say "Stopping an old one, which ends what it is answering"
        docker stop --time 150 "$old" >/dev/null
        docker rm "$old" >/dev/null
    done
}

# settle: the parts beside the backend, where they changed
settle() {
    # Not without need: who sends on a connection that was idle meets one that closes.
    [ -z "${proxy_changed:-}" ] || docker compose exec -T proxy /docker-entrypoint.sh nginx -s reload || true
    # Were it made anew in place of an old one, Compose would first stop all that depend on it.
    docker compose rm --force --stop migrate >/dev/null 2>&1
    up --wait
}

# accept: what staff do, once through everything: a document goes in and a question about it is answered
accept() {
    local word
    word="heron-$(date +%s)"
    docker compose exec -T proxy curl --fail --silent --insecure --header "Host: $(setting SERVER_NAME)" \
        https://127.0.0.1:8443/ready >/dev/null || return 1
    # shellcheck disable=SC2016 # $1 is for the shell in the container
    docker compose exec -T rag-backend sh -ec '
        mkdir -p /tmp/acceptance
        echo "The acceptance word of this appliance is $1." >/tmp/acceptance/acceptance.txt
        on-prem-rag ingest /tmp/acceptance --collection Acceptance --json >/dev/null
        on-prem-rag ask "What is the acceptance word of this appliance?" --collection Acceptance --json |
            grep -q "$1"' sh "$word"
}

schema() { docker compose exec -T rag-backend on-prem-rag migrate current | cut -d' ' -f1; }

# go_back FROM TO SCHEMA: releases, and the revision before, which comes last: the older program runs on what
# was only added to.
go_back() {
    load "$2"
    activate "$2"
    roll || return 1
    settle || return 1
    if [ "$(schema)" != "$3" ]; then
        say "The schema goes back to $3"
        RAG_IMAGE=$(image_of "$1") docker compose run --rm --no-deps migrate migrate downgrade "$3" || return 1
    fi
    accept
}
