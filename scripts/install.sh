#!/usr/bin/env bash
# Installs the appliance from a signed bundle, on a server without any way out. Run it again at will: what is
# there stays. --key is the publisher's public key, which you got by another way than the bundle.
set -euo pipefail
usage="usage: sudo scripts/install.sh BUNDLE.tar --name NAME --key PUBLIC.pem [--home DIRECTORY] [--no-gpu]
         [--certificate FILE --certificate-key FILE]
       NAME: what people type, such as rag.example.internal. DIRECTORY: /opt/on-prem-rag.
exit codes: 1 failed, 2 wrong use, 3 the bundle is not what was signed, 4 this server lacks something"
refuse() {
    printf 'install.sh: %s\n' "$2" >&2
    exit "$1"
}
home=/opt/on-prem-rag name="" key="" gpu=yes certificate="" certificate_key="" unpack_only="" bundle=""
while [ "$#" -gt 0 ]; do
    case "$1" in
    -h | --help)
        sed -n '2,3s/^# //p' "$0"
        echo "$usage"
        exit 0
        ;;
    --no-gpu) gpu="" ;;
    --unpack-only) unpack_only=yes ;; # for upgrade.sh: prints where the release lies
    --name | --key | --home | --certificate | --certificate-key)
        [ "$#" -gt 1 ] || refuse 2 "$1 needs a value."
        option=${1#--}
        declare "${option//-/_}=$2"
        shift
        ;;
    -*) refuse 2 "there is no option $1."$'\n'"$usage" ;;
    *) bundle=$1 ;;
    esac
    shift
done
[ -n "$bundle" ] || refuse 2 "which bundle?"$'\n'"$usage"
[ "$(id -u)" = 0 ] || refuse 2 "run it as root."
key=${key:-$home/release-key.pem}
[ -f "$key" ] || refuse 2 "the publisher's public key is needed: --key PUBLIC.pem"

# --- the bundle: nothing of it is read before its signature holds
verify() {
    command -v openssl >/dev/null || refuse 4 "openssl is needed."
    [ -f "$bundle" ] || refuse 2 "there is no file $bundle."
    [ -f "$bundle.sig" ] || refuse 3 "its signature $bundle.sig is missing."
    openssl dgst -sha256 -verify "$key" -signature "$bundle.sig" "$bundle" >/dev/null 2>&1 ||
        refuse 3 "$bundle is not what was signed with the key in $key. Do not use it."
}

unpack() {
    local incoming="$home/releases/.incoming" needed free
    mkdir -p "$home/releases"
    needed=$(($(stat --format %s "$bundle") * 2 / 1048576 + 512))
    free=$(df --output=avail --block-size=1M "$home" | tail -1)
    [ "$free" -ge "$needed" ] || refuse 4 "$home has $free MB free, $needed MB are needed to unpack the bundle."
    rm -rf "$incoming"
    mkdir "$incoming"
    tar --extract --no-same-owner --file "$bundle" --directory "$incoming"
    (cd "$incoming" && sha256sum --check --strict --quiet SHA256SUMS) || refuse 3 "the bundle is damaged."
    release=$home/releases/$(cat "$incoming/VERSION")
    rm -rf "$release"
    mv "$incoming" "$release"
}

verify
unpack
if [ -n "$unpack_only" ]; then
    echo "$release"
    exit 0
fi

# --- the server
need() { command -v "$1" >/dev/null || refuse 4 "$1 is needed: $2"; }
busy() { command -v ss >/dev/null && [ -n "$(ss --no-header --listening --tcp "sport = :$1")" ]; }
check_server() {
    need docker "install Docker 25 or newer with its compose plugin."
    docker compose version >/dev/null 2>&1 || refuse 4 "Docker's compose plugin is needed."
    docker info >/dev/null 2>&1 || refuse 4 "the Docker engine does not answer: systemctl start docker"
    local memory root free
    memory=$(awk '/^MemTotal/ {print int($2 / 1048576)}' /proc/meminfo)
    [ "$memory" -ge 8 ] || refuse 4 "this server has $memory GB of memory; 8 are the least, 32 are better."
    root=$(docker info --format '{{.DockerRootDir}}')
    free=$(df --output=avail --block-size=1G "$root" 2>/dev/null | tail -1 || echo 99)
    [ "$free" -ge 10 ] || refuse 4 "$root has $free GB free; 10 are the least."
    [ "$(date +%s)" -ge "$(stat --format %Y "$release/VERSION")" ] ||
        refuse 4 "the clock is wrong: it says $(date), which is before this version was made."
    if [ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" = no ]; then
        say "Warning: the clock is not synchronised; people's sessions and backups go by it."
    fi
    if [ -n "$gpu" ] && ! { command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; }; then
        refuse 4 "no NVIDIA driver was found. Install it with NVIDIA's container toolkit, or use --no-gpu."
    fi
    if [ -n "$gpu" ] && ! docker info --format '{{.Runtimes}} {{.CDISpecDirs}}' | grep -q nvidia; then
        say "Warning: Docker names no NVIDIA runtime; nvidia-ctk runtime configure --runtime=docker makes it."
    fi
}

# What is there already is not asked for again.
configure() {
    [ -f "$home/.env" ] && return
    [ -n "$name" ] || refuse 2 "--name is needed: what people will type."
    cp "$home/.env.example" "$home/.env.new"
    {
        echo "SERVER_NAME=$name"
        [ -n "$gpu" ] || echo "COMPOSE_FILE=docker-compose.yml"
    } >>"$home/.env.new"
    chmod 0600 "$home/.env.new"
    mv "$home/.env.new" "$home/.env"
}

own_certificate() {
    [ -n "$certificate" ] || return 0
    [ -n "$certificate_key" ] || refuse 2 "--certificate needs --certificate-key."
    install -D --mode 0600 "$certificate" "$home/secrets/tls_certificate.pem"
    install -D --mode 0600 "$certificate_key" "$home/secrets/tls_key.pem"
}

# shellcheck source=scripts/release.sh
. "$release/files/scripts/release.sh"
lock
check_server
installed=$(version_of "$home")
[ -z "$installed" ] || [ "$installed" = "$(version_of "$release")" ] ||
    refuse 2 "version $installed is installed: use $home/scripts/upgrade.sh $bundle"
activate "$release"
[ "$key" -ef "$home/release-key.pem" ] || install --mode 0644 "$key" "$home/release-key.pem"
cd "$home"
configure
if [ -z "$(docker compose ps --quiet proxy)" ]; then
    http=$(setting HTTP_PORT) https=$(setting HTTPS_PORT)
    for port in "${http:-80}" "${https:-443}"; do
        if busy "$port"; then refuse 4 "port $port is taken; set HTTP_PORT and HTTPS_PORT in $home/.env."; fi
    done
fi
own_certificate
scripts/secrets.sh "$(setting SERVER_NAME)" "$(setting SECRETS_DIR)"
load "$release"
say "Starting"
up --wait || refuse 1 "not everything became healthy: docker compose ps, docker compose logs"
port=$(setting HTTPS_PORT)
address="https://$(setting SERVER_NAME)"
[ "${port:-443}" = 443 ] || address="$address:$port"
if ! grep -qs '"action":"install"' history.jsonl; then
    # What the log of the first start has is worthless from now on.
    password=$(docker compose exec -T rag-backend on-prem-rag users reset admin 2>/dev/null)
    note install "$(version_of "$home")" "done"
    say "Ready at $address"
    echo "Sign in as admin with this one-time password, which must be changed and is not shown again: $password"
    [ ! -f secrets/ca.pem ] || echo "Browsers must trust $home/secrets/ca.pem."
else
    say "Ready at $address, as before"
fi
