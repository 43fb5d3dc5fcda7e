#!/usr/bin/env bash
# Writes what the appliance is made of, as CycloneDX 1.5: python.cdx.json and npm.cdx.json from the locks, and
# with an image debian.cdx.json, of the Debian packages and the Python inside it (needs docker).
set -euo pipefail
usage="usage: scripts/sbom.sh OUT_DIR [IMAGE]"
case "${1:-}" in
-h | --help)
    sed -n '2,3s/^# //p' "$0"
    echo "$usage"
    exit 0
    ;;
"" | -*)
    echo "scripts/sbom.sh: ${1:-no OUT_DIR} is not a directory to write to" >&2
    echo "$usage" >&2
    exit 2
    ;;
esac
mkdir -p "$1"
out=$(cd "$1" && pwd)
image=${2:-}
cd "$(dirname "$0")/.."

scripts/uv export --quiet --locked --no-dev --format cyclonedx1.5 --preview-features sbom-export \
    | scripts/uv run --quiet python scripts/bill_of_materials.py python >"$out/python.cdx.json.new"
mv "$out/python.cdx.json.new" "$out/python.cdx.json"
scripts/uv run --quiet python scripts/bill_of_materials.py npm <src/web/package-lock.json >"$out/npm.cdx.json.new"
mv "$out/npm.cdx.json.new" "$out/npm.cdx.json"
[ -n "$image" ] || exit 0
# shellcheck disable=SC2016 # dpkg-query's fields, not the shell's
docker run --rm --network none --read-only --entrypoint sh "$image" -c '
    . /etc/os-release
    printf "os\t%s\t%s\n" "$ID" "$VERSION_ID"
    printf "python\t%s\n" "$(python -c "import platform; print(platform.python_version())")"
    dpkg-query --show --showformat "deb\t\${Package}\t\${Version}\t\${Architecture}\t\${source:Package}\n"
' | scripts/uv run --quiet python scripts/bill_of_materials.py debian "$image" >"$out/debian.cdx.json.new"
mv "$out/debian.cdx.json.new" "$out/debian.cdx.json"
