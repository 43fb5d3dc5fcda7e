#!/usr/bin/env bash
# Makes what is missing in secrets/: passwords and keys, a private certificate authority, and the server's
# certificate. What is there stays. Put the enterprise's own tls_certificate.pem and tls_key.pem there instead.
set -euo pipefail
usage="usage: sudo scripts/secrets.sh NAME [DIRECTORY]   NAME: what people type, such as rag.example.internal"
case "${1:-}" in
-h | --help)
    sed -n '2,3s/^# //p' "$0"
    echo "$usage"
    exit 0
    ;;
"" | -* | *[!A-Za-z0-9.-]*)
    echo "scripts/secrets.sh: '${1:-}' is no name of a server." >&2
    echo "$usage" >&2
    exit 2
    ;;
esac
name=$1
directory=${2:-$(dirname "$0")/../secrets}
[ "$(id -u)" = 0 ] || { echo "scripts/secrets.sh: run as root, as each file gets its own owner." >&2; exit 2; }
command -v openssl >/dev/null || { echo "scripts/secrets.sh: openssl is needed." >&2; exit 2; }
# Users within the containers: the appliance, the database, the proxy, Grafana.
rag=10001 postgres=999 proxy=101 grafana=472
umask 077
mkdir -p "$directory"
cd "$directory"

# keep FILE OWNER GROUP: takes what is on standard input, unless FILE is there
keep() {
    if [ -s "$1" ]; then
        cat >/dev/null
    else
        cat >"$1.new"
        mv "$1.new" "$1"
        echo "made $1"
    fi
    chown "$2:$3" "$1"
    chmod 0440 "$1"
}
random() { openssl rand -hex 32; }

random | keep db_owner_password $rag $postgres
random | keep db_app_password $rag $postgres
random | keep jwt_secret $rag $rag
random | keep audit_key $rag $rag
random | keep grafana_password $grafana $grafana

if [ ! -s tls_certificate.pem ]; then
    if [ ! -s ca_key.pem ]; then
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -sha256 \
            -subj "/CN=On-Prem RAG private authority" -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
            -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca_key.pem -out ca.pem 2>/dev/null
        chmod 0444 ca.pem
        echo "made ca.pem: people's browsers must trust it"
    fi
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$name" \
        -keyout tls_key.new -out request.pem 2>/dev/null
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca_key.pem -CAcreateserial -days 397 -sha256 \
        -extfile <(printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$name") \
        -out tls_certificate.new 2>/dev/null
    mv tls_key.new tls_key.pem
    mv tls_certificate.new tls_certificate.pem
    rm -f request.pem
    echo "made tls_certificate.pem"
fi
[ -s tls_key.pem ] || { echo "scripts/secrets.sh: tls_key.pem is missing beside tls_certificate.pem." >&2; exit 1; }
chown $proxy:$proxy tls_key.pem tls_certificate.pem
chmod 0440 tls_key.pem
# Whoever connects is shown it, and the appliance watches its end.
chmod 0444 tls_certificate.pem
